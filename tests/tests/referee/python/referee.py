"""moto behind a loopback port, and boto3 to look at it with.

Prints one line with the address, then answers one JSON line for each JSON line on standard input:

    {"account": "1…", "service": "iam", "operation": "get_role", "arguments": {…}}   one call
    {"account": "1…", "inspect": true}                                               the whole account

Every account is a world of its own, so tests do not disturb each other. Ends when standard input does, and so never outlives
the tests.
"""

import json
import logging
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from inspection import inspect

REGION = "ap-south-1"


class Accounts:
    """boto3 clients by account and service."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = boto3.Session("referee", "referee", region_name=REGION)
        self.clients = {}

    def client(self, account, service):
        key = (account, service)
        if key not in self.clients:
            config = Config(retries={"max_attempts": 0}, max_pool_connections=1)
            client = self.session.client(service, endpoint_url=self.endpoint, config=config)
            # moto's own way to choose the account of a request.
            client.meta.events.register(
                "before-sign", lambda request, **_: request.headers.add_header("x-moto-account-id", account)
            )
            self.clients[key] = client
        return self.clients[key]

    def answer(self, question):
        account = question["account"]
        if question.get("inspect"):
            return {"answer": inspect(lambda service: self.client(account, service))}
        try:
            call = getattr(self.client(account, question["service"]), question["operation"])
            answer = call(**question["arguments"])
        except ClientError as error:
            return {"error": error.response["Error"]["Code"], "message": str(error)}
        answer.pop("ResponseMetadata", None)
        return {"answer": answer}


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(json.dumps({"address": f"{host}:{port}"}), flush=True)
    accounts = Accounts(f"http://{host}:{port}")
    for line in sys.stdin:
        try:
            out = accounts.answer(json.loads(line))
        except Exception as error:  # the test that asked shall see it
            out = {"error": type(error).__name__, "message": str(error)}
        print(json.dumps(out, default=str, sort_keys=True), flush=True)


main()
