/* Letters of citizens (đơn, thư) are for those who handle them: nobody else sees their fields, text, pictures or book, or
 * changes them (domain.md 5; the law on denunciations keeps the writer's name). That one exists is no secret. */
#include "sohoa-auth.h"
#include "sohoa-bus-private.h"

#include "sohoa-register.h"

gboolean
sohoa_bus_may_read_petitions (SohoaBusCall *call, GError **error)
{
  if (!call->petitions_asked) {
    call->petitions_asked = TRUE;
    call->petitions_allowed = sohoa_auth_check_petitions (call->invocation, call->service->desk->session,
                                                          call->service->desk->conf->petition_group, NULL);
  }
  if (!call->petitions_allowed)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED,
                 "đơn, thư: only for those who handle letters of citizens: ask the administrator of this desk");
  return call->petitions_allowed;
}

gboolean
sohoa_bus_check_reader (SohoaBusCall *call, const SohoaStoreDocument *document, GError **error)
{
  g_autoptr(SohoaRecord) record = sohoa_desk_load_record (document, error);

  if (record == NULL)
    return FALSE;
  return !sohoa_type_is_petition (sohoa_record_value (record, "TypeName")) || sohoa_bus_may_read_petitions (call, error);
}

gboolean
sohoa_bus_check_book (SohoaBusCall *call, const char *book, GError **error)
{
  return !g_str_equal (book, SOHOA_REGISTER_PETITION_BOOK) || sohoa_bus_may_read_petitions (call, error);
}
