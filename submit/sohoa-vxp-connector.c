#include "sohoa-connector-private.h"

const SohoaConnectorVtable sohoa_vxp_connector = { .name = "vxp" };
