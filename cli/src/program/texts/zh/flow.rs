//! The errors of flow files, by their kind: their English texts are those of the core.

use wechatpay_hyper::core::cashcoupons::{FileFormat, FlowError};

/// The Chinese text of an error. `None` of one that is newer than this list, and of a single row.
pub(in crate::program::texts) fn flow_error(error: &FlowError) -> Option<String> {
    Some(match error {
        FlowError::Read(_) => "无法读取流水文件".to_owned(),
        FlowError::Empty => "流水文件为空".to_owned(),
        FlowError::Format(format) => file_format(*format)?.to_owned(),
        FlowError::HeaderNotUtf8 => "流水文件的首行不是 UTF-8 编码".to_owned(),
        FlowError::NoHeader => "流水文件没有列名行；首行是数据而不是列名".to_owned(),
        FlowError::NoTrailer { rows } => {
            format!("流水文件在 {rows} 行之后结束，没有总行数；文件不完整")
        }
        FlowError::AfterTrailer => "流水文件在总行数之后还有内容".to_owned(),
        FlowError::Count { expected, rows } => format!("流水文件有 {rows} 行，而应有 {expected} 行"),
        _ => return None,
    })
}

fn file_format(format: FileFormat) -> Option<&'static str> {
    Some(match format {
        FileFormat::Gzip => "文件是 gzip 压缩格式；请先解压",
        FileFormat::Zip => "文件是 zip 压缩包；请先取出其中的流水文件",
        FileFormat::Utf16 => "文件不是 UTF-8 而是 UTF-16 编码；请先转换为 UTF-8",
        FileFormat::Gbk => "文件不是 UTF-8 编码，可能是 GBK；请先转换为 UTF-8",
        FileFormat::Html => "文件是 HTML 网页，不是流水文件",
        FileFormat::Xml => "文件是 XML，不是流水文件",
        FileFormat::Json => "文件是 JSON，不是流水文件",
        _ => return None,
    })
}
