"""Microsoft's client that az monitor log-analytics is built on, against Nightcap: one query, told in JSON."""
import json
import os
import subprocess

from azure.loganalytics import LogAnalyticsDataClient
from azure.loganalytics.models import ErrorResponseException, QueryBody
from msrest.authentication import BasicTokenAuthentication

asked = ["az", "account", "get-access-token", "--resource", "https://api.loganalytics.io"]
token = json.loads(subprocess.check_output(asked))["accessToken"]
client = LogAnalyticsDataClient(
    BasicTokenAuthentication({"access_token": token}), base_url=f"{os.environ['BASE']}/v1"
)


def ask(text):
    return client.query(os.environ["WORKSPACE"], QueryBody(query=text, timespan="P1D"))


[table] = ask("print n = 2, s = 'x' | union (print n = 1, s = 'y') | order by n asc").tables
try:
    ask("NTANetAnalytics | where NoSuch == 1")
    refused = None
except ErrorResponseException as error:
    refused = error.error.error.innererror.code
print(
    json.dumps(
        {
            "columns": [f"{column.name}:{column.type}" for column in table.columns],
            "rows": table.rows,
            "refused": refused,
        }
    )
)
