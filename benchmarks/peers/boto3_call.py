"""The bare call of boto3's client, its answer only counted: what warm invocations are compared with."""

import boto3

bedrock = boto3.client("bedrock")


def handler(event, context):
    size = int(event["queryStringParameters"]["maxResults"])
    answer = bedrock.list_model_customization_jobs(maxResults=size)
    return {"jobs": len(answer["modelCustomizationJobSummaries"])}
