//! A minimal client, so that the server dominates the measurement: one persistent connection, and
//! requests as bytes.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::Outcome;

const QUEUE: &str = r#""QueueUrl":"http://local/000000000000/bench""#;

pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    /// Sends, receives and deletes one message with three requests. Returns the number of requests.
    pub fn cycle(&mut self) -> Outcome<u64> {
        self.send()?;
        self.begin("ReceiveMessage", r#""MessageSystemAttributeNames":["All"]"#)?;
        let received: serde_json::Value = serde_json::from_slice(self.answer()?)?;
        let receipt = &received["Messages"][0]["ReceiptHandle"];
        self.begin("DeleteMessage", &format!(r#""ReceiptHandle":{receipt}"#))?;
        self.answer()?;
        Ok(3)
    }

    pub fn send(&mut self) -> Outcome<u64> {
        self.begin("SendMessage", r#""MessageBody":"{\"order\":12345,\"lines\":[1,2,3]}""#)?;
        self.answer()?;
        Ok(1)
    }

    /// The same cycle, by the Query protocol.
    pub fn cycle_query(&mut self) -> Outcome<u64> {
        self.begin_query(
            "SendMessage&MessageBody=%7B%22order%22%3A12345%2C%22lines%22%3A%5B1%2C2%2C3%5D%7D",
        )?;
        self.answer()?;
        self.begin_query("ReceiveMessage&AttributeName.1=All")?;
        let received = std::str::from_utf8(self.answer()?)?;
        let receipt =
            received.split_once("<ReceiptHandle>").and_then(|(_, rest)| rest.split_once("</"));
        let (receipt, _) = receipt.ok_or("the answer has no receipt handle")?;
        // In a form, a plus is a space.
        let parameters = format!("DeleteMessage&ReceiptHandle={}", receipt.replace('+', "%2B"));
        self.begin_query(&parameters)?;
        self.answer()?;
        Ok(3)
    }

    fn begin_query(&mut self, parameters: &str) -> Outcome<()> {
        let body = format!("Action={parameters}");
        let length = body.len();
        let request = format!(
            "POST /000000000000/bench HTTP/1.1\r\nhost: local\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Starts a long poll. [`Self::answer`] reads the response.
    pub fn begin_poll(&mut self) -> Outcome<()> {
        self.begin("ReceiveMessage", r#""WaitTimeSeconds":20"#)
    }

    fn begin(&mut self, action: &str, rest: &str) -> Outcome<()> {
        let body = format!("{{{QUEUE},{rest}}}");
        let length = body.len();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: local\r\nx-amz-target: AmazonSQS.{action}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        Ok(self.stream.write_all(request.as_bytes())?)
    }

    /// Reads one answer, and returns its body.
    pub fn answer(&mut self) -> Outcome<&[u8]> {
        self.answer.clear();
        let mut chunk = [0; 64 * 1024];
        loop {
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err("the server closed the connection".into());
            }
            self.answer.extend_from_slice(&chunk[..count]);
            if let Some(body) = body(&self.answer)? {
                return Ok(&self.answer[body..]);
            }
        }
    }
}

/// The position of the body in a complete response; `None` while the response is incomplete.
fn body(answer: &[u8]) -> Outcome<Option<usize>> {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    if !head.starts_with("HTTP/1.1 200") {
        return Err(head.into());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole =
        end + 4 + length.ok_or("the response has no content-length header")?.parse::<usize>()?;
    Ok((answer.len() >= whole).then_some(end + 4))
}
