"""The lowest cost of a call: http.client, hand-written Signature Version 4, and no parsing of the answer."""

import hashlib
import hmac
import http.client
import os
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

ENDPOINT = urlsplit(os.environ["AWS_ENDPOINT_URL_BEDROCK"])
REGION = os.environ["AWS_REGION"]
PATH = "/model-customization-jobs"
connection = http.client.HTTPConnection(ENDPOINT.hostname, ENDPOINT.port, timeout=10)


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(query):
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": ENDPOINT.netloc,
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    empty = hashlib.sha256(b"").hexdigest()
    request = hashlib.sha256(f"GET\n{PATH}\n{query}\n{lines}\n{names}\n{empty}".encode()).hexdigest()
    scope = f"{now[:8]}/{REGION}/bedrock/aws4_request"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = sign(key, part)
    signature = sign(key, f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{request}").hex()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": authorization}


def handler(event, context):
    query = urlencode(sorted((event["queryStringParameters"] or {}).items()))
    connection.request("GET", f"{PATH}?{query}", headers=signed_headers(query))
    response = connection.getresponse()
    return {
        "statusCode": response.status,
        "headers": {"Content-Type": "application/json"},
        "body": response.read().decode(),
    }
