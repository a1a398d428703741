#include "sohoa-connector-private.h"

const SohoaConnectorVtable sohoa_rest_connector = { .name = "rest" };
