/* edXML, the e-document message of QCVN 102:2016 with SĐ1:2022 (domain.md 8): documents with their
 * attachments, and status messages. The writer keeps the order and the prefixes of the official SDK;
 * the reader compares local names, ignores order and what it does not know, and treats every byte as
 * hostile: no DTD, no entities, capped texts, counts and files. */
#pragma once

#include "sohoa-record.h"
#include "sohoa-segment-stream.h"

G_BEGIN_DECLS

#define SOHOA_EDXML_NAMESPACE "http://www.mic.gov.vn/TBT/QCVN_102_2016"
#define SOHOA_EDXML_FILE_MAX_BYTES (50u * 1024 * 1024)     /* one attachment, unpacked (domain.md 8.5) */
#define SOHOA_EDXML_FILES_MAX_BYTES (100u * 1024 * 1024)   /* all of one message, unpacked */
#define SOHOA_EDXML_TEXT_MAX_BYTES (64u * 1024)            /* one element's text */
#define SOHOA_EDXML_MAX_ELEMENTS 20000u
#define SOHOA_EDXML_MAX_ATTACHMENTS 64u

/* Every string of these structs is owned and never NULL after sohoa_edxml_new() and friends. */
typedef struct {
  char *organ_id, *in_charge, *name, *address, *email, *telephone, *fax, *website;
} SohoaEdxmlOrgan;

/* ResponseFor: the document that is answered or recalled. */
typedef struct {
  char *organ_id, *code /* "152/UBND-VP" */, *document_id, *date /* ISO day */;
} SohoaEdxmlReference;

typedef struct {
  char  *organ_id;
  gint64 time_us;
} SohoaEdxmlTrace;

typedef struct {
  char  *content_id; /* without "cid:" */
  char  *name;       /* as the message says; never a path to use: sohoa_edxml_safe_name() */
  char  *description, *content_type;
  int    fd;         /* (owned) the unpacked file; -1 none */
  guint64 size;      /* of it */
} SohoaEdxmlAttachment;

/* One of an update's ReceiverList, or of a replacement's documents. */
typedef struct {
  char *id;    /* OrganId of a receiver; DocumentId that is replaced */
  char *value; /* ReceiverType "0" removed, "1" added; OrganIds of the replacement's receivers, one a line */
} SohoaEdxmlPair;

typedef enum {
  SOHOA_EDXML_NEW = 0,
  SOHOA_EDXML_RECALL = 1,
  SOHOA_EDXML_UPDATE = 2,
  SOHOA_EDXML_REPLACE = 3,
} SohoaEdxmlBusiness;

typedef struct {
  SohoaEdxmlOrgan from;
  GPtrArray *to;           /* (owned) (element-type SohoaEdxmlOrgan) */
  char *document_id;       /* "H31.98.01,2026/11/20,152/UBND-VP" */
  char *code_number, *code_notation;
  char *place, *issued;    /* ISO day */
  char *type, *type_detail, *type_name;
  char *subject, *content;
  char *competence, *position, *full_name;
  char *due_date;          /* ISO day or "" */
  GPtrArray *to_places;    /* (owned) (element-type utf8) */
  char *priority, *sphere, *typer, *amount, *page_amount, *direction;
  GPtrArray *appendixes;   /* (owned) (element-type utf8) */
  GPtrArray *response_for; /* (owned) (element-type SohoaEdxmlReference) */
  char *steering_type;
  GPtrArray *traces;       /* (owned) (element-type SohoaEdxmlTrace) */
  char *business_type, *business_reason, *paper; /* BussinessDocType "0".."3" */
  char *business_document_id;          /* of an update: which document */
  char *info_changed, *receivers_changed; /* of an update: "0" or "1" */
  GPtrArray *receivers;    /* (owned) (element-type SohoaEdxmlPair) of an update */
  GPtrArray *replaced;     /* (owned) (element-type SohoaEdxmlPair) of a replacement */
  char *department, *staff, *staff_mobile, *staff_email;
  char *status_code, *status_description; /* status_code "" = not a status message */
  gint64 status_time_us;
  GPtrArray *attachments;  /* (owned) (element-type SohoaEdxmlAttachment) */
} SohoaEdxml;

SohoaEdxml *sohoa_edxml_new (void);
void        sohoa_edxml_free (SohoaEdxml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaEdxml, sohoa_edxml_free)

/* Borrowed, appended, strings "". */
SohoaEdxmlOrgan      *sohoa_edxml_add_to (SohoaEdxml *self);
SohoaEdxmlReference  *sohoa_edxml_add_reference (SohoaEdxml *self);
SohoaEdxmlTrace      *sohoa_edxml_add_trace (SohoaEdxml *self, const char *organ_id, gint64 time_us);
SohoaEdxmlPair       *sohoa_edxml_add_pair (GPtrArray *list, const char *id, const char *value); /* receivers or replaced */
/* @fd is duplicated; -1: none. */
SohoaEdxmlAttachment *sohoa_edxml_add_attachment (SohoaEdxml *self, const char *content_id, const char *name,
                                                  const char *content_type, int fd);
/* Replaces an owned string. */
void sohoa_edxml_set (char **member, const char *value);

/* A new document message of the record's fields: From is the issuing body (its OrganId, else
 * @organ_id), To is @to, trace of @organ_id at @time_us. No attachment yet. */
SohoaEdxml *sohoa_edxml_new_from_record (const SohoaRecord *record, const char *organ_id, const char *const *to,
                                         gint64 time_us);
/* The fields of a message as a record (source "file"). */
SohoaRecord *sohoa_edxml_to_record (const SohoaEdxml *self);

/* The message as bytes; attachments' files are read when the stream is. SOHOA_ERROR_INVALID_ARGUMENT
 * when something the receiver needs is missing (domain.md 8.2). */
SohoaSegmentStream *sohoa_edxml_open (const SohoaEdxml *self, GError **error);

/* Reads a whole message from offset 0 of @fd. Attachments are decoded, zip form or raw by their first
 * bytes, into nameless files in @folder (NULL: memory files). SOHOA_INTAKE_ERROR_DAMAGED (malformed,
 * truncated, bad base64 or zip), _UNSUPPORTED (a DTD, not an edXML), _TOO_LARGE (a limit above). */
SohoaEdxml *sohoa_edxml_read (int fd, const char *folder, GError **error);

/* A file name that stays in its folder: no separators, control characters or leading dots, at most
 * 120 bytes; "document" when nothing is left. g_free. */
char *sohoa_edxml_safe_name (const char *name);

/* "2026/11/20" ↔ "2026-11-20"; "" when it is no day. g_free. */
char *sohoa_edxml_day_to_iso (const char *text);
/* "2026/11/20 09:15:30", Vietnam's clock. g_free. */
char    *sohoa_edxml_time (gint64 time_us);
gboolean sohoa_edxml_time_parse (const char *text, gint64 *time_us_out);

G_END_DECLS
