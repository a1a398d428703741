/* A ticket: what a device or another system says about the file beside it. Data only: nothing in it is run, opened or fetched.
 *
 *   {"profile": "VN-ND30-2020", "priority": 2, "sha256": "…", "set": {"OrganName": "UBND xã Ví Dụ"}}
 *   <ticket profile="VN-ND30-2020" priority="2" sha256="…"><set field="OrganName">UBND xã Ví Dụ</set></ticket>
 *
 * Every member is optional; one that is not known is an error, for it meant something to somebody. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_TICKET_MAX_BYTES (64u * 1024)
#define SOHOA_TICKET_MAX_VALUES 64u
#define SOHOA_TICKET_MAX_PRIORITY 4

typedef struct {
  char      *profile;  /* (owned) (nullable) */
  int        priority; /* 0…4 as in Priority (domain.md 3.1); -1: not said */
  char      *sha256;   /* (owned) (nullable) of the document's only file, lower-case hex */
  GPtrArray *set;      /* (owned) (element-type utf8) "Field=value", fields known, values NFC */
} SohoaTicket;

/* @name tells JSON from XML by its ending, and is named in errors.
 * Errors: SOHOA_INTAKE_ERROR_TICKET "NAME: what: why". */
SohoaTicket *sohoa_ticket_parse (const char *name, GBytes *bytes, GError **error);
void         sohoa_ticket_free (SohoaTicket *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaTicket, sohoa_ticket_free)

G_END_DECLS
