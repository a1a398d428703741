/* A PKCS#11 module that misbehaves in one chosen call and is SoftHSM2 in all others: a vendor's bad day.
 * SOHOA_ODD_MODULE="C_Sign:hang": hang | crash | exit | removed | garbage | final | locked | broken; "C_Sign:removed2":
 * from the second call on. SOHOA_ODD_FILE: a file that holds the same, read at every call.
 * SOHOA_ODD_REAL: path of the real module. SOHOA_ODD_LOG: file that gets the name of each wrapped call. */
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST     ours;
static CK_FUNCTION_LIST_PTR real;

static void
note (const char *call)
{
  const char *path = getenv ("SOHOA_ODD_LOG");
  int fd = path != NULL ? open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

  if (fd < 0)
    return;
  if (write (fd, call, strlen (call)) < 0 || write (fd, "\n", 1) < 0)
    abort ();
  close (fd);
}

static const char *
read_wish (void)
{
  static char text[64];
  const char *path = getenv ("SOHOA_ODD_FILE");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  ssize_t n = fd >= 0 ? read (fd, text, sizeof text - 1) : 0;

  if (fd >= 0)
    close (fd);
  text[n > 0 ? n : 0] = '\0';
  return fd >= 0 ? text : getenv ("SOHOA_ODD_MODULE");
}

/* How @call is to fail; "" = not at all. */
static const char *
mood (const char *call)
{
  static char how[64];
  static int seen;
  const char *wish = read_wish ();
  size_t length = strlen (call);

  note (call);
  if (wish == NULL || strncmp (wish, call, length) != 0 || wish[length] != ':')
    return "";
  snprintf (how, sizeof how, "%s", wish + length + 1);
  length = strcspn (how, "0123456789\n");
  if (how[length] >= '1' && how[length] <= '9' && ++seen < how[length] - '0')
    return "";
  how[length] = '\0';
  return how;
}

static CK_RV
misbehave (const char *how)
{
  if (strcmp (how, "hang") == 0)
    for (;;)
      pause ();
  if (strcmp (how, "crash") == 0)
    abort ();
  if (strcmp (how, "exit") == 0)
    exit (0);
  if (strcmp (how, "removed") == 0)
    return CKR_DEVICE_REMOVED;
  if (strcmp (how, "broken") == 0)
    return CKR_GENERAL_ERROR;
  return CKR_OK;
}

#define WRAP(name, parameters, arguments)                                                              \
  static CK_RV odd_##name parameters                                                                   \
  {                                                                                                    \
    CK_RV rv = misbehave (mood (#name));                                                               \
    return rv != CKR_OK ? rv : real->name arguments;                                                   \
  }

WRAP (C_Initialize, (CK_VOID_PTR args), (args))
WRAP (C_Finalize, (CK_VOID_PTR reserved), (reserved))
WRAP (C_GetSlotList, (CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR n), (present, slots, n))
WRAP (C_OpenSession, (CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR data, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR session),
      (slot, flags, data, notify, session))
WRAP (C_Login, (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length),
      (session, user, pin, length))
WRAP (C_Logout, (CK_SESSION_HANDLE session), (session))
WRAP (C_FindObjects, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room, CK_ULONG_PTR n),
      (session, objects, room, n))
WRAP (C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key), (session, mechanism, key))

static CK_RV
odd_C_GetTokenInfo (CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
  const char *how = mood ("C_GetTokenInfo");
  CK_RV rv = misbehave (how);

  if (rv == CKR_OK)
    rv = real->C_GetTokenInfo (slot, info);
  if (rv == CKR_OK && strcmp (how, "final") == 0)
    info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (rv == CKR_OK && strcmp (how, "locked") == 0)
    info->flags |= CKF_USER_PIN_LOCKED;
  return rv;
}

static CK_RV
odd_C_Sign (CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature, CK_ULONG_PTR size)
{
  const char *how = mood ("C_Sign");
  CK_RV rv = misbehave (how);

  if (rv == CKR_OK)
    rv = real->C_Sign (session, data, length, signature, size);
  if (rv == CKR_OK && strcmp (how, "garbage") == 0)
    signature[*size / 2] ^= 1;
  return rv;
}

CK_RV C_GetFunctionList (CK_FUNCTION_LIST_PTR_PTR list);

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST_PTR_PTR list)
{
  void *library = dlopen (getenv ("SOHOA_ODD_REAL"), RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get_list = library != NULL ? (CK_C_GetFunctionList) dlsym (library, "C_GetFunctionList") : NULL;

  if (get_list == NULL || get_list (&real) != CKR_OK)
    return CKR_GENERAL_ERROR;
  ours = *real;
  ours.C_Initialize = odd_C_Initialize;
  ours.C_Finalize = odd_C_Finalize;
  ours.C_GetSlotList = odd_C_GetSlotList;
  ours.C_GetTokenInfo = odd_C_GetTokenInfo;
  ours.C_OpenSession = odd_C_OpenSession;
  ours.C_Login = odd_C_Login;
  ours.C_Logout = odd_C_Logout;
  ours.C_FindObjects = odd_C_FindObjects;
  ours.C_SignInit = odd_C_SignInit;
  ours.C_Sign = odd_C_Sign;
  *list = &ours;
  return CKR_OK;
}
