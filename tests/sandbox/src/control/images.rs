//! `/_sandbox/images`: the uploaded images. Their content is not kept.

use crate::control::call::Call;
use crate::control::query::Window;
use crate::protocol::reply::Handled;

/// `GET /images`
pub(crate) fn list(call: Call<'_>) -> Handled {
    let window = Window::of(&call.query);
    let state = call.platform.state();
    let data = state.images.iter().skip(window.offset).take(window.limit).cloned().collect();
    Ok(window.page(state.images.len(), data))
}
