//! Prints the public API that a file of rustdoc's JSON describes, one item per line. `.ci/api` compares it with the
//! recorded one.
//!
//! ```text
//! cargo run -p wechatpay-conformance --example public_api -- target/doc/wechatpay_core.json
//! ```

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: public_api FILE.json")?;
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    print!("{api}");
    Ok(())
}
