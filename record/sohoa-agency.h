/* The directory of agencies (domain.md 8.7): which body has which identifier, and when. A CSV file of the agency's own,
 * made from the axis' list or by hand; none is shipped, because an identifier is never guessed.
 *
 *   name,id,old-id,aliases,valid-from,valid-to,predecessor,successor
 *   Sở Nội vụ tỉnh Ví Dụ,H99.05,000.00.05.H99,Sở Nội vụ,2025-07-01,,,
 *
 * id: QĐ20 form, at most 35 characters; old-id: QCVN102:2016 form; aliases apart by ";"; valid-from, valid-to: ISO days,
 * the last one on which it stood, empty = no limit; predecessor, successor: names or identifiers, for people. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_AGENCIES_MAX_BYTES (64u * 1024 * 1024)
#define SOHOA_AGENCIES_MAX 300000u

typedef struct {
  char  *name, *id, *old_id;      /* (owned) "" = none */
  char **aliases;                 /* (owned) */
  char  *valid_from, *valid_to;   /* (owned) ISO or "" */
  char  *predecessor, *successor; /* (owned) */
} SohoaAgencyEntry;

typedef struct _SohoaAgencies SohoaAgencies;

/* Errors: SOHOA_ERROR_CONFIG "@name:line: column: reason". @text is CSV, or the JSON answer of the axis'
 * getAgenciesList ("data" or "data.content": name, code, oldCode or code102). */
SohoaAgencies *sohoa_agencies_parse (const char *name, const char *text, gsize length, GError **error);
/* A missing file is an empty directory. */
SohoaAgencies *sohoa_agencies_load (const char *path, GError **error);
void           sohoa_agencies_free (SohoaAgencies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaAgencies, sohoa_agencies_free)

guint              sohoa_agencies_count (const SohoaAgencies *self);
const SohoaAgencyEntry *sohoa_agencies_peek (const SohoaAgencies *self, guint i);
char              *sohoa_agencies_to_csv (const SohoaAgencies *self); /* what parse reads; g_free */

/* The body of this printed name or alias (marks and case forgiven) on @day, the document's date (nullable: today is not
 * known, only bodies without an end). NULL when none or several fit: two bodies of one name are a person's matter. */
const SohoaAgencyEntry *sohoa_agencies_match (const SohoaAgencies *self, const char *name, const char *day);
/* By either identifier; borrowed, NULL = none. */
const SohoaAgencyEntry *sohoa_agencies_peek_by_id (const SohoaAgencies *self, const char *id);
/* When the only bodies of this name have ended before @day: the latest one, else NULL. */
const SohoaAgencyEntry *sohoa_agencies_match_ended (const SohoaAgencies *self, const char *name, const char *day);
/* "01/7/2025", the first day on which @agency stood no more (as the decrees write it). g_free; NULL without an end. */
char *sohoa_agency_ended_from (const SohoaAgencyEntry *agency);

G_END_DECLS
