"""Only the call of boto3's client and a count of its answer: the baseline of warm invocations."""

import boto3

bedrock = boto3.client("bedrock")


def handler(event, context):
    size = int(event["queryStringParameters"]["maxResults"])
    answer = bedrock.list_model_customization_jobs(maxResults=size)
    return {"jobs": len(answer["modelCustomizationJobSummaries"])}
