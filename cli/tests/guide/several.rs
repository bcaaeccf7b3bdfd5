//! The commands for several machines, with a database and a merchant.

use crate::document::{blocks, read};
use crate::merchant::Merchant;
use crate::postgres;

#[test]
fn the_commands_for_several_machines_work() {
    let Some(server) = postgres::shared() else { return };
    let merchant = Merchant::new();
    let program = merchant.program().set("WECHATPAY_LEDGER", server.schema().0);
    program.write("users.csv", "openid,member\noAlice,1001\noBob,1002\n");
    let document = read("docs/campaign.md");
    let blocks = blocks(&document).into_iter().filter(|block| block.info == "sh postgres");
    let commands: Vec<String> =
        blocks.flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        program.run(command.strip_prefix("wechatpay ").unwrap()).succeeded();
    }
    assert_eq!(merchant.coupons(), 2);
}
