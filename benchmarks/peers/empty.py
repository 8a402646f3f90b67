"""The runtime's floor: no work at all."""


def handler(event, context):
    return {"statusCode": 200, "body": '{"modelCustomizationJobSummaries":[]}'}
