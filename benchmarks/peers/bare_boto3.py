"""A minimal handler: ten lines around boto3."""

import json

import boto3

bedrock = boto3.client("bedrock")


def handler(event, context):
    query = event["queryStringParameters"] or {}
    if "maxResults" in query:
        query["maxResults"] = int(query["maxResults"])
    answer = bedrock.list_model_customization_jobs(**query)
    del answer["ResponseMetadata"]
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(answer, default=lambda time: time.isoformat()),
    }
