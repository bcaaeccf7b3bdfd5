//! A running `listen`.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;
use wechatpay_core::bytes::Bytes;
use wechatpay_core::http::Request;

use crate::http;
use crate::program::{Program, Ran};

pub(crate) struct Listening {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    written: [Vec<String>; 2],
    pub(crate) url: String,
}

impl Listening {
    /// Starts it with these options, on any port, and waits until it listens.
    pub(crate) fn start(program: &Program, options: &str) -> Self {
        let line = format!("listen --addr 127.0.0.1:0 --output ndjson {options}");
        Self::of(program.command(&line).spawn().unwrap())
    }

    /// Waits until a process listens. Its standard output may be taken already.
    pub(crate) fn of(mut child: Child) -> Self {
        let stdout = child.stdout.take().map_or_else(|| channel().1, lines);
        let stderr = lines(child.stderr.take().unwrap());
        let mut listening = Self { child, stdout, stderr, written: Default::default(), url: String::new() };
        let line = listening.said("listening at ");
        let url = line.strip_prefix("listening at ").unwrap().split(';').next().unwrap();
        listening.url = url.to_owned();
        listening
    }

    /// Waits for a line on stderr with this text.
    pub(crate) fn said(&mut self, text: &str) -> String {
        loop {
            let line = self.stderr.recv().unwrap_or_else(|_| panic!("{text:?}: {:?}", self.written));
            self.written[1].push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the next line on stdout.
    pub(crate) fn shown(&mut self) -> Value {
        let line = self.stdout.recv().unwrap_or_else(|_| panic!("{:?}", self.written));
        self.written[0].push(line.clone());
        serde_json::from_str(&line).unwrap()
    }

    /// Posts a callback. Returns the status of the answer.
    pub(crate) fn post(&self, callback: &Request<Bytes>) -> u16 {
        http::status(&http::send(&self.url, callback))
    }

    pub(crate) fn interrupt(mut self, program: &Program) -> Ran {
        signal(self.process(), "-INT");
        let status = self.child.wait().unwrap();
        self.ended(program, status)
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(mut self, program: &Program) -> Ran {
        let status = self.child.wait().unwrap();
        self.ended(program, status)
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ended(mut self, program: &Program, status: ExitStatus) -> Ran {
        let [mut stdout, mut stderr] = std::mem::take(&mut self.written);
        stdout.extend(self.stdout.iter());
        stderr.extend(self.stderr.iter());
        let text = |lines: Vec<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        program.end(Output { status, stdout: text(stdout).into(), stderr: text(stderr).into() })
    }
}

pub(crate) fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

/// The lines of a stream, as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream).lines().map_while(Result::ok);
        stream.try_for_each(|line| sender.send(line))
    });
    lines
}

impl Drop for Listening {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
