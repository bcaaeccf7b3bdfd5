//! Mistakes in putting the five lines together (F1 to F7).

use crate::diagnosis::charset::Utf16;
use crate::diagnosis::message::{BODY, METHOD, NONCE, Shape, TARGET, TIMESTAMP};
use crate::diagnosis::variation::Mistake;

const NO_END: Mistake = Mistake(
    "F1",
    "签名串的最后一行之后缺少换行符 \\n；五行的每一行都以 \\n 结尾，最后一行也是。",
    "The signed message lacks the final newline (\\n): each of the five lines ends with \\n, the last one too.",
);
const CRLF: Mistake = Mistake(
    "F2",
    "签名串的换行用了 CRLF（\\r\\n）或 CR；应只用换行符 \\n。",
    "The signed message has CRLF (\\r\\n) or CR as line ends; use the newline \\n alone.",
);
const LITERAL: Mistake = Mistake(
    "F3",
    "签名串中的 \\n 是反斜杠和字母n两个字符，或各行之间没有换行符；应使用真正的换行符（字节 0x0A）。",
    "The lines of the signed message are joined by something other than a newline, such as the two characters \\ and n; use the byte 0x0A.",
);
const EXTRA: Mistake = Mistake(
    "F4",
    "签名串多了一个换行符 \\n；五行之后没有空行，正文为空时最后一行就是空行，正文末尾没有发送的换行符也不要签名。",
    "The signed message has a newline (\\n) too many; nothing follows the five lines, without a body the last line is empty, and a newline at the end of the body is signed only if it is sent.",
);
const ORDER: Mistake = Mistake(
    "F5",
    "签名串各行的顺序不对；应为：请求方法、URL、时间戳、随机串、正文。",
    "The lines of the signed message are in the wrong order; it is method, URL, timestamp, nonce, body.",
);
const MISSING: Mistake = Mistake(
    "F6",
    "签名串少了一行；应有五行：请求方法、URL、时间戳、随机串、正文，正文为空时也有最后的空行。",
    "The signed message lacks a line; it has five: method, URL, timestamp, nonce, body. Without a body the last line is empty.",
);
const ANSWER: Mistake = Mistake(
    "F7",
    "签名用的是验证应答的签名串（时间戳、随机串、正文三行）；请求的签名串另有请求方法和URL两行在前。",
    "The message was put together as for verifying an answer (timestamp, nonce, body); that of a request begins with method and URL.",
);
const UTF16: Mistake = Mistake(
    "H6",
    "签名串（含正文）按UTF-16编码后签名；应使用UTF-8编码。",
    "The message with the body was signed in the encoding UTF-16; use UTF-8.",
);

/// All wrong shapes, the most likely ones first.
pub(crate) fn shapes() -> Vec<(Shape, Mistake)> {
    let all = [METHOD, TARGET, TIMESTAMP, NONCE, BODY];
    let shape =
        |order: &[usize], separator, end| Shape { order: order.to_vec(), separator, end, utf16: None };
    let mut shapes = vec![
        (shape(&all, "\n", ""), NO_END),
        (shape(&all, "\r\n", "\r\n"), CRLF),
        (shape(&all, "\\n", "\\n"), LITERAL),
        (shape(&all, "\n", "\n\n"), EXTRA),
        (shape(&[TIMESTAMP, NONCE, BODY], "\n", "\n"), ANSWER),
        (shape(&[METHOD, TARGET, TIMESTAMP, NONCE], "\n", "\n"), MISSING),
        (shape(&[METHOD, TARGET, TIMESTAMP, NONCE], "\n", ""), MISSING),
        (shape(&all, "\r\n", ""), CRLF),
        (shape(&all, "\n", "\r\n"), CRLF),
        (shape(&all, "\r", "\r"), CRLF),
        (shape(&all, "\\n", ""), LITERAL),
        (shape(&all, "\n", "\\n"), LITERAL),
        (shape(&all, "\\r\\n", "\\r\\n"), LITERAL),
        (shape(&all, "", ""), LITERAL),
        (shape(&all, "", "\n"), LITERAL),
        (shape(&all, "&", ""), LITERAL),
        (shape(&all, " ", ""), LITERAL),
        (shape(&all, ",", ""), LITERAL),
        (shape(&all, "/n", "/n"), LITERAL),
        (shape(&all, "\n\n", "\n"), EXTRA),
        (shape(&all, "\n\n", "\n\n"), EXTRA),
        (shape(&all, "\n", "\n\n\n"), EXTRA),
        (shape(&all, "\n", "\n "), EXTRA),
        (shape(&[TIMESTAMP, NONCE, BODY], "\n", ""), ANSWER),
    ];
    for utf16 in [
        Utf16::LittleEndian { mark: false },
        Utf16::BigEndian { mark: false },
        Utf16::LittleEndian { mark: true },
        Utf16::BigEndian { mark: true },
    ] {
        shapes.push((Shape { utf16: Some(utf16), ..Shape::new() }, UTF16));
    }
    // Every choice of at most four lines, in their order.
    for chosen in (1..31_u8).rev() {
        let bits = all.iter().enumerate().filter(|(bit, _)| {
            chosen.checked_shr(u32::try_from(*bit).unwrap_or(8)).is_some_and(|rest| rest & 1 == 1)
        });
        let lines: Vec<usize> = bits.map(|(_, line)| *line).collect();
        shapes.push((shape(&lines, "\n", "\n"), MISSING));
        shapes.push((shape(&lines, "\n", ""), MISSING));
    }
    for order in permutations(&all) {
        shapes.push((shape(&order, "\n", "\n"), ORDER));
    }
    shapes
}

/// All other orders of the items.
pub(crate) fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    let mut orders: Vec<Vec<T>> = vec![Vec::new()];
    for item in items {
        orders = orders
            .iter()
            .flat_map(|order| {
                (0..=order.len()).rev().map(|at| {
                    let (before, after) = order.split_at_checked(at).unwrap_or((order, &[]));
                    [before, std::slice::from_ref(item), after].concat()
                })
            })
            .collect();
    }
    // The first one is the given order.
    orders.split_off(1.min(orders.len()))
}
