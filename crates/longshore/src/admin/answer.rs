//! A response body that reports when the connection has taken it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body in one frame. `taken` is called when the connection takes the frame to write it, and
/// never if the client disconnects before that.
pub(super) struct Answer<F> {
    rest: Option<(Bytes, F)>,
}

impl<F: FnOnce()> Answer<F> {
    pub(super) fn new(body: Bytes, taken: F) -> Self {
        Self { rest: Some((body, taken)) }
    }
}

impl<F: FnOnce() + Unpin> Body for Answer<F> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.rest.take().map(|(body, taken)| {
            taken();
            Ok(Frame::data(body))
        });
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.rest.as_ref().map_or(0, |(body, _)| body.len());
        SizeHint::with_exact(length as u64)
    }
}
