"""Powertools as its documentation shows it: Logger, Tracer, Metrics and the REST resolver, with boto3."""

import json

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="jobs")
tracer = Tracer(service="jobs")
metrics = Metrics(namespace="Jobs", service="jobs")
app = APIGatewayRestResolver()
bedrock = boto3.client("bedrock")


@app.get("/model-customization-jobs")
@tracer.capture_method(capture_response=False)
def list_jobs():
    query = dict(app.current_event.query_string_parameters or {})
    if "maxResults" in query:
        query["maxResults"] = int(query["maxResults"])
    answer = bedrock.list_model_customization_jobs(**query)
    del answer["ResponseMetadata"]
    metrics.add_metric(name="Listings", unit=MetricUnit.Count, value=1)
    body = json.dumps(answer, default=lambda time: time.isoformat())
    return Response(status_code=200, content_type="application/json", body=body)


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event, context):
    logger.info("Listing jobs")
    return app.resolve(event, context)
