"""Counts all jobs by status with boto3's paginator; the event holds its arguments, such as the page size."""

from collections import Counter

import boto3

bedrock = boto3.client("bedrock")


def handler(event, context):
    pages = bedrock.get_paginator("list_model_customization_jobs").paginate(**event)
    counts = Counter(job["status"] for page in pages for job in page["modelCustomizationJobSummaries"])
    return {"jobs": counts.total(), "counts": counts}
