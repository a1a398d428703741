/* The module, its slots and what lies on a token. */
#include "sohoa-token.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <string.h>

#include "sohoa-errors.h"
#include "sohoa-sign-private.h"
#include "sohoa-token-private.h"

#define DEFAULT_MODULE "libp11-kit.so.0" /* its C_GetFunctionList is the proxy to every module the machine has configured */
#define MAX_ATTRIBUTE_BYTES (64u * 1024)

/* ---- errors ---- */

static const struct {
  CK_RV       rv;
  int         code; /* SohoaSignError */
  const char *text;
} meanings[] = {
  { CKR_PIN_INCORRECT, SOHOA_SIGN_ERROR_PIN, "the PIN is wrong: check it before the next try, tokens lock after a few" },
  { CKR_PIN_LEN_RANGE, SOHOA_SIGN_ERROR_PIN, "the PIN is too short or too long: check it" },
  { CKR_PIN_INVALID, SOHOA_SIGN_ERROR_PIN, "the PIN holds a character the token does not take: check it" },
  { CKR_PIN_EXPIRED, SOHOA_SIGN_ERROR_PIN, "the PIN must be changed first: use the token's own program" },
  { CKR_FUNCTION_CANCELED, SOHOA_SIGN_ERROR_PIN, "the PIN was not entered: try again" },
  { CKR_USER_PIN_NOT_INITIALIZED, SOHOA_SIGN_ERROR_PIN, "it has no PIN yet: set one with the token's own program" },
  { CKR_PIN_LOCKED, SOHOA_SIGN_ERROR_PIN_LOCKED, "it is locked: unlock it with the token's own program" },
  { CKR_TOKEN_NOT_PRESENT, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it is not there: put it in" },
  { CKR_TOKEN_NOT_RECOGNIZED, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it is not recognised: put it in again" },
  { CKR_DEVICE_REMOVED, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it was taken out: put it in and enter the PIN again" },
  { CKR_SLOT_ID_INVALID, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "its slot is gone: put it in again" },
  { CKR_SESSION_HANDLE_INVALID, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it was taken out: put it in and enter the PIN again" },
  { CKR_SESSION_CLOSED, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it was taken out: put it in and enter the PIN again" },
  { CKR_OBJECT_HANDLE_INVALID, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it was exchanged: enter the PIN again" },
  { CKR_KEY_HANDLE_INVALID, SOHOA_SIGN_ERROR_TOKEN_REMOVED, "it was exchanged: enter the PIN again" },
  { CKR_USER_NOT_LOGGED_IN, SOHOA_SIGN_ERROR_LOCKED, "it wants the PIN again: unlock it" },
};

gboolean
sohoa_token_check (CK_RV rv, const char *what, GError **error)
{
  if (rv == CKR_OK)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (meanings); i++) {
    if (meanings[i].rv == rv) {
      g_set_error (error, SOHOA_SIGN_ERROR, meanings[i].code, "token: %s", meanings[i].text);
      return FALSE;
    }
  }
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN,
               "token: %s failed (0x%lx): take it out, put it in again and retry", what, (unsigned long) rv);
  return FALSE;
}

/* ---- the module ---- */

static gboolean
fail_uri (GError **error, const char *why)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT,
               "token: %s: give pkcs11:token=NAME?module-path=FILE (RFC 7512)", why);
  return FALSE;
}

static gboolean
parse_uri (SohoaToken *self, const char *text, GError **error)
{
  self->uri = p11_kit_uri_new ();
  if (strlen (text) > SOHOA_TOKEN_URI_MAX_BYTES)
    return fail_uri (error, "the address is too long");
  if (p11_kit_uri_parse (text, P11_KIT_URI_FOR_ANY, self->uri) != P11_KIT_URI_OK)
    return fail_uri (error, "the address cannot be read");
  if (p11_kit_uri_get_pin_value (self->uri) != NULL || p11_kit_uri_get_pin_source (self->uri) != NULL)
    return fail_uri (error, "a PIN does not belong into an address, use --pin-fd");
  if (p11_kit_uri_any_unrecognized (self->uri))
    return fail_uri (error, "the address holds an unknown attribute");
  return TRUE;
}

static gboolean
load_module (SohoaToken *self, GError **error)
{
  const char *path = p11_kit_uri_get_module_path (self->uri);
  CK_C_GetFunctionList get_list;
  const char *why;

  if (path != NULL && !g_path_is_absolute (path))
    return fail_uri (error, "module-path is not absolute");
  if (path == NULL)
    path = DEFAULT_MODULE;
  self->library = SOHOA_GUARDED ("dlopen", SOHOA_TOKEN_LOAD_MS, dlopen (path, RTLD_NOW | RTLD_LOCAL));
  if (self->library == NULL) {
    why = dlerror ();
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN,
                 "token: the module cannot be loaded: %s: install the vendor's driver or give module-path",
                 why != NULL ? why : "unknown reason");
    return FALSE;
  }
  get_list = (CK_C_GetFunctionList) dlsym (self->library, "C_GetFunctionList");
  if (get_list == NULL) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN, "token: %s is no PKCS#11 module: give module-path",
                 path);
    return FALSE;
  }
  return sohoa_token_check (SOHOA_GUARDED ("C_GetFunctionList", SOHOA_TOKEN_LOAD_MS, get_list (&self->f)),
                            "C_GetFunctionList", error);
}

static gboolean
initialise (SohoaToken *self, GError **error)
{
  CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
  CK_RV rv;

  if (self->f == NULL || self->f->C_Initialize == NULL) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_TOKEN, "token: its module is broken: install it again");
    return FALSE;
  }
  rv = SOHOA_GUARDED ("C_Initialize", SOHOA_TOKEN_LOAD_MS, self->f->C_Initialize (&args));
  if (rv == CKR_CANT_LOCK || rv == CKR_ARGUMENTS_BAD) /* we are one thread: no locks are fine as well */
    rv = SOHOA_GUARDED ("C_Initialize", SOHOA_TOKEN_LOAD_MS, self->f->C_Initialize (NULL));
  self->initialised = sohoa_token_check (rv, "C_Initialize", error);
  return self->initialised;
}

SohoaToken *
sohoa_token_open (const char *uri, GError **error)
{
  g_autoptr (SohoaToken) self = g_new0 (SohoaToken, 1);

  self->session = CK_INVALID_HANDLE;
  self->key = CK_INVALID_HANDLE;
  if (!parse_uri (self, uri, error) || !load_module (self, error) || !initialise (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
sohoa_token_free (SohoaToken *self)
{
  if (self == NULL)
    return;
  sohoa_passphrase_free (self->pin);
  if (self->session != CK_INVALID_HANDLE) {
    (void) SOHOA_GUARDED ("C_Logout", SOHOA_TOKEN_CLOSE_MS, self->f->C_Logout (self->session));
    (void) SOHOA_GUARDED ("C_CloseSession", SOHOA_TOKEN_CLOSE_MS, self->f->C_CloseSession (self->session));
  }
  if (self->initialised)
    (void) SOHOA_GUARDED ("C_Finalize", SOHOA_TOKEN_CLOSE_MS, self->f->C_Finalize (NULL));
  p11_kit_uri_free (self->uri);
  g_free (self);
}

/* ---- slots ---- */

static gboolean
slot_fits (SohoaToken *self, CK_SLOT_ID slot, const CK_TOKEN_INFO *info)
{
  CK_SLOT_ID wanted = p11_kit_uri_get_slot_id (self->uri);

  return (wanted == (CK_SLOT_ID) -1 || wanted == slot) && p11_kit_uri_match_token_info (self->uri, info)
         && (info->flags & CKF_TOKEN_INITIALIZED) != 0;
}

GArray *
sohoa_token_slots (SohoaToken *self, GError **error)
{
  g_autoptr (GArray) fitting = g_array_new (FALSE, FALSE, sizeof (CK_SLOT_ID));
  CK_SLOT_ID slots[SOHOA_TOKEN_MAX_SLOTS];
  CK_ULONG n = G_N_ELEMENTS (slots);
  CK_RV rv = SOHOA_GUARDED ("C_GetSlotList", SOHOA_TOKEN_LOOK_MS, self->f->C_GetSlotList (CK_TRUE, slots, &n));

  if (!sohoa_token_check (rv, "C_GetSlotList", error))
    return NULL;
  for (CK_ULONG i = 0; i < MIN (n, G_N_ELEMENTS (slots)); i++) {
    CK_TOKEN_INFO info;

    rv = SOHOA_GUARDED ("C_GetTokenInfo", SOHOA_TOKEN_LOOK_MS, self->f->C_GetTokenInfo (slots[i], &info));
    if (rv == CKR_OK && slot_fits (self, slots[i], &info)) /* a broken neighbour does not hide a good token */
      g_array_append_val (fitting, slots[i]);
  }
  return g_steal_pointer (&fitting);
}

/* ---- objects ---- */

/* One line of a field that may be padded with blanks; g_free. */
static char *
one_line (const void *field, gsize length)
{
  g_autofree char *raw = g_strndup (field, length);
  char *text = g_utf8_make_valid (g_strchomp (raw), -1);

  for (char *c = text; *c != '\0'; c++)
    if ((guchar) *c < ' ' || *c == 0x7f)
      *c = ' ';
  return text;
}

static void
free_object (gpointer data)
{
  SohoaTokenObject *self = data;

  g_clear_pointer (&self->id, g_bytes_unref);
  g_clear_pointer (&self->der, g_bytes_unref);
  g_free (self->label);
  g_free (self);
}

/* NULL: the object has no such attribute (or an absurd one). */
static GBytes *
read_attribute (SohoaToken *self, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
  CK_ATTRIBUTE attribute = { .type = type };
  g_autofree guint8 *room = NULL;
  CK_ULONG length;
  CK_RV rv = SOHOA_GUARDED ("C_GetAttributeValue", SOHOA_TOKEN_LOOK_MS,
                            self->f->C_GetAttributeValue (session, object, &attribute, 1));

  length = attribute.ulValueLen;
  if (rv != CKR_OK || length > MAX_ATTRIBUTE_BYTES) /* "not there" is (CK_ULONG) -1 */
    return NULL;
  room = g_malloc0 (length + 1);
  attribute.pValue = room;
  rv = SOHOA_GUARDED ("C_GetAttributeValue", SOHOA_TOKEN_LOOK_MS,
                      self->f->C_GetAttributeValue (session, object, &attribute, 1));
  if (rv != CKR_OK || attribute.ulValueLen > length)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&room), attribute.ulValueLen);
}

/* A CK_ULONG or CK_BBOOL. */
static gulong
read_number (SohoaToken *self, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, gulong otherwise)
{
  g_autoptr (GBytes) bytes = read_attribute (self, session, object, type);
  CK_ULONG value = 0;

  if (bytes != NULL && g_bytes_get_size (bytes) == sizeof (CK_BBOOL))
    return *(const guint8 *) g_bytes_get_data (bytes, NULL);
  if (bytes == NULL || g_bytes_get_size (bytes) != sizeof value)
    return otherwise;
  memcpy (&value, g_bytes_get_data (bytes, NULL), sizeof value);
  return value;
}

static SohoaTokenObject *
read_object (SohoaToken *self, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS cls)
{
  SohoaTokenObject *object = g_new0 (SohoaTokenObject, 1);
  g_autoptr (GBytes) label = read_attribute (self, session, handle, CKA_LABEL);

  object->handle = handle;
  object->id = read_attribute (self, session, handle, CKA_ID);
  if (object->id == NULL)
    object->id = g_bytes_new (NULL, 0);
  object->label = label != NULL ? one_line (g_bytes_get_data (label, NULL), g_bytes_get_size (label)) : g_strdup ("");
  if (cls == CKO_CERTIFICATE) {
    object->der = read_attribute (self, session, handle, CKA_VALUE);
  } else {
    object->type = read_number (self, session, handle, CKA_KEY_TYPE, CKK_VENDOR_DEFINED);
    object->always_authenticate = read_number (self, session, handle, CKA_ALWAYS_AUTHENTICATE, 0) == CK_TRUE;
  }
  return object;
}

GPtrArray *
sohoa_token_objects (SohoaToken *self, CK_SESSION_HANDLE session, CK_OBJECT_CLASS cls, GError **error)
{
  g_autoptr (GPtrArray) objects = g_ptr_array_new_with_free_func (free_object);
  CK_ATTRIBUTE wanted = { CKA_CLASS, &cls, sizeof cls };
  CK_OBJECT_HANDLE handles[SOHOA_TOKEN_MAX_OBJECTS];
  CK_ULONG n = 0;
  CK_RV rv = SOHOA_GUARDED ("C_FindObjectsInit", SOHOA_TOKEN_LOOK_MS,
                            self->f->C_FindObjectsInit (session, &wanted, 1));

  if (!sohoa_token_check (rv, "C_FindObjectsInit", error))
    return NULL;
  rv = SOHOA_GUARDED ("C_FindObjects", SOHOA_TOKEN_LOOK_MS,
                      self->f->C_FindObjects (session, handles, G_N_ELEMENTS (handles), &n));
  (void) SOHOA_GUARDED ("C_FindObjectsFinal", SOHOA_TOKEN_LOOK_MS, self->f->C_FindObjectsFinal (session));
  if (!sohoa_token_check (rv, "C_FindObjects", error))
    return NULL;
  for (CK_ULONG i = 0; i < MIN (n, G_N_ELEMENTS (handles)); i++)
    g_ptr_array_add (objects, read_object (self, session, handles[i], cls));
  return g_steal_pointer (&objects);
}

/* ---- the report ---- */

static void
put_line (GVariantBuilder *dict, const char *key, const void *field, gsize length)
{
  g_variant_builder_add (dict, "{sv}", key, g_variant_new_take_string (one_line (field, length)));
}

static void
put_flag (GVariantBuilder *dict, const char *key, CK_FLAGS flags, CK_FLAGS bit)
{
  g_variant_builder_add (dict, "{sv}", key, g_variant_new_boolean ((flags & bit) != 0));
}

static char *
key_text (X509 *cert)
{
  EVP_PKEY *key = X509_get0_pubkey (cert);
  int type = key != NULL ? EVP_PKEY_get_base_id (key) : EVP_PKEY_NONE;
  const char *name = type == EVP_PKEY_RSA ? "RSA" : type == EVP_PKEY_RSA_PSS ? "RSA-PSS" : type == EVP_PKEY_EC ? "EC" : "unknown";

  return g_strdup_printf ("%s %d", name, key != NULL ? EVP_PKEY_get_bits (key) : 0);
}

/* What a person wants to know of it; nothing when it cannot be read. */
static void
add_readable (GVariantBuilder *dict, const SohoaTokenObject *object)
{
  gsize length = 0;
  const guint8 *der = object->der != NULL ? g_bytes_get_data (object->der, &length) : NULL;
  const guint8 *next = der; /* d2i moves it */
  g_autoptr (X509) cert = der != NULL ? d2i_X509 (NULL, &next, (long) length) : NULL;

  ERR_clear_error ();
  if (cert == NULL)
    return;
  g_variant_builder_add (dict, "{sv}", "name",
                         g_variant_new_take_string (sohoa_x509_name_text (X509_get_subject_name (cert))));
  g_variant_builder_add (dict, "{sv}", "issuer",
                         g_variant_new_take_string (sohoa_x509_name_text (X509_get_issuer_name (cert))));
  g_variant_builder_add (dict, "{sv}", "from", g_variant_new_int64 (sohoa_asn1_time_us (X509_get0_notBefore (cert))));
  g_variant_builder_add (dict, "{sv}", "to", g_variant_new_int64 (sohoa_asn1_time_us (X509_get0_notAfter (cert))));
  g_variant_builder_add (dict, "{sv}", "key", g_variant_new_take_string (key_text (cert)));
  g_variant_builder_add (dict, "{sv}", "may-sign", g_variant_new_boolean (sohoa_x509_may_sign (cert)));
  g_variant_builder_add (dict, "{sv}", "der", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, der, length, 1));
}

static void
add_certificate (GVariantBuilder *list, const SohoaTokenObject *object)
{
  GString *id = g_string_new (NULL);
  gsize n = 0;
  const guint8 *bytes = g_bytes_get_data (object->id, &n);

  for (gsize k = 0; k < n; k++)
    g_string_append_printf (id, "%02x", bytes[k]);
  g_variant_builder_open (list, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (list, "{sv}", "label", g_variant_new_string (object->label));
  g_variant_builder_add (list, "{sv}", "id", g_variant_new_take_string (g_string_free (id, FALSE)));
  add_readable (list, object);
  g_variant_builder_close (list);
}

static GVariant *
describe_certificates (SohoaToken *self, CK_SLOT_ID slot)
{
  GVariantBuilder list;
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  g_autoptr (GPtrArray) objects = NULL;
  CK_RV rv = SOHOA_GUARDED ("C_OpenSession", SOHOA_TOKEN_LOOK_MS,
                            self->f->C_OpenSession (slot, CKF_SERIAL_SESSION, NULL, NULL, &session));

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  if (rv != CKR_OK)
    return g_variant_builder_end (&list);
  objects = sohoa_token_objects (self, session, CKO_CERTIFICATE, NULL);
  for (guint i = 0; objects != NULL && i < objects->len; i++)
    add_certificate (&list, objects->pdata[i]);
  (void) SOHOA_GUARDED ("C_CloseSession", SOHOA_TOKEN_CLOSE_MS, self->f->C_CloseSession (session));
  return g_variant_builder_end (&list);
}

static GVariant *
describe_mechanisms (SohoaToken *self, CK_SLOT_ID slot)
{
  static const struct {
    CK_MECHANISM_TYPE type;
    const char       *name;
  } ours[] = { { CKM_SHA256_RSA_PKCS, "SHA256-RSA-PKCS" }, { CKM_RSA_PKCS, "RSA-PKCS" },
               { CKM_SHA256_RSA_PKCS_PSS, "SHA256-RSA-PSS" }, { CKM_RSA_PKCS_PSS, "RSA-PSS" }, { CKM_ECDSA, "ECDSA" } };
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("as"));
  for (guint k = 0; k < G_N_ELEMENTS (ours); k++) {
    CK_MECHANISM_INFO info = { 0 };

    if (SOHOA_GUARDED ("C_GetMechanismInfo", SOHOA_TOKEN_LOOK_MS,
                       self->f->C_GetMechanismInfo (slot, ours[k].type, &info)) == CKR_OK
        && (info.flags & CKF_SIGN) != 0)
      g_variant_builder_add (&list, "s", ours[k].name);
  }
  return g_variant_builder_end (&list);
}

static GVariant *
describe_token (SohoaToken *self, CK_SLOT_ID slot)
{
  CK_TOKEN_INFO info = { 0 };
  GVariantBuilder dict;

  (void) SOHOA_GUARDED ("C_GetTokenInfo", SOHOA_TOKEN_LOOK_MS, self->f->C_GetTokenInfo (slot, &info));
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  put_line (&dict, "label", info.label, sizeof info.label);
  put_line (&dict, "manufacturer", info.manufacturerID, sizeof info.manufacturerID);
  put_line (&dict, "model", info.model, sizeof info.model);
  put_line (&dict, "serial", info.serialNumber, sizeof info.serialNumber);
  g_variant_builder_add (&dict, "{sv}", "slot", g_variant_new_uint64 (slot));
  put_flag (&dict, "login", info.flags, CKF_LOGIN_REQUIRED);
  put_flag (&dict, "pin-pad", info.flags, CKF_PROTECTED_AUTHENTICATION_PATH);
  put_flag (&dict, "pin-low", info.flags, CKF_USER_PIN_COUNT_LOW);
  put_flag (&dict, "pin-final", info.flags, CKF_USER_PIN_FINAL_TRY);
  put_flag (&dict, "pin-locked", info.flags, CKF_USER_PIN_LOCKED);
  g_variant_builder_add (&dict, "{sv}", "mechanisms", describe_mechanisms (self, slot));
  g_variant_builder_add (&dict, "{sv}", "certificates", describe_certificates (self, slot));
  return g_variant_builder_end (&dict);
}

GVariant *
sohoa_token_describe (SohoaToken *self, GError **error)
{
  g_autoptr (GArray) slots = sohoa_token_slots (self, error);
  CK_INFO info = { 0 };
  GVariantBuilder dict, tokens;
  guint slowest_ms = 0;
  const char *slowest;

  if (slots == NULL)
    return NULL;
  (void) SOHOA_GUARDED ("C_GetInfo", SOHOA_TOKEN_LOOK_MS, self->f->C_GetInfo (&info));
  g_variant_builder_init (&tokens, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < slots->len; i++)
    g_variant_builder_add_value (&tokens, describe_token (self, g_array_index (slots, CK_SLOT_ID, i)));
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
  put_line (&dict, "library", info.libraryDescription, sizeof info.libraryDescription);
  g_variant_builder_add (&dict, "{sv}", "library-version",
                         g_variant_new_take_string (g_strdup_printf ("%u.%u", info.libraryVersion.major,
                                                                     info.libraryVersion.minor)));
  g_variant_builder_add (&dict, "{sv}", "tokens", g_variant_builder_end (&tokens));
  slowest = sohoa_token_guard_slowest (&slowest_ms);
  g_variant_builder_add (&dict, "{sv}", "slowest-call", g_variant_new_string (slowest));
  g_variant_builder_add (&dict, "{sv}", "slowest-ms", g_variant_new_uint32 (slowest_ms));
  return g_variant_builder_end (&dict);
}
