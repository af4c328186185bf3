//! A response body that reports when the connection has taken it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A text in one frame. `taken` is called when the connection takes the frame to write it, and
/// never if the client disconnects before that.
pub(super) struct Answer<F> {
    rest: Option<(Bytes, F)>,
}

impl<F: FnOnce()> Answer<F> {
    pub(super) fn new(text: String, taken: F) -> Self {
        Self { rest: Some((text.into(), taken)) }
    }
}

impl<F: FnOnce() + Unpin> Body for Answer<F> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.rest.take().map(|(text, taken)| {
            taken();
            Ok(Frame::data(text))
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.rest.as_ref().map_or(0, |(text, _)| text.len());
        SizeHint::with_exact(length as u64)
    }
}
