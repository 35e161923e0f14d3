"""Runs a program on a terminal of its own and answers its questions: [[what it says, what is typed], …]."""
import json
import os
import pty
import signal
import sys

talk, program = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    # A shell that runs the tests in the background has them ignore Ctrl-C, which a terminal's programs would inherit.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(program[0], program)
said, unheard = b"", b""
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:  # Linux's word for a terminal that nobody has open any more.
        break
    if not chunk:
        break
    said, unheard = said + chunk, unheard + chunk
    while talk and talk[0][0].encode() in unheard:
        question, answer = talk.pop(0)
        unheard = unheard.split(question.encode(), 1)[1]
        # Behind a Ctrl-C nothing is typed: an empty line would be an answer, which may be read before the signal comes.
        os.write(terminal, answer.encode() + (b"" if answer.endswith("\x03") else b"\n"))
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
if talk:
    sys.exit(f"it never said {talk[0][0]!r}")
sys.exit(os.waitstatus_to_exitcode(status))
