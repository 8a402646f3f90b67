"""Chalice with boto3."""

import json

import boto3
from chalice import Chalice, Response

app = Chalice(app_name="jobs")
bedrock = boto3.client("bedrock")


@app.route("/model-customization-jobs", methods=["GET"])
def list_jobs():
    query = dict(app.current_request.query_params or {})
    if "maxResults" in query:
        query["maxResults"] = int(query["maxResults"])
    answer = bedrock.list_model_customization_jobs(**query)
    del answer["ResponseMetadata"]
    body = json.dumps(answer, default=lambda time: time.isoformat())
    return Response(body, headers={"Content-Type": "application/json"})
