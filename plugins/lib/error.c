/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Error codes shared by all providers, and how an element posts one.
 *
 * Threads: any. Locks: none.
 */
#include "error.h"

typedef struct
{
  const gchar *name;
  gboolean retryable;
  gint domain;                  /* 0 resource, 1 stream, 2 library */
  gint gst_code;
} CodeInfo;

/* In the order of GstVoiceError. */
static const CodeInfo codes[] = {
  {"auth", FALSE, 0, GST_RESOURCE_ERROR_NOT_AUTHORIZED},
  {"quota", FALSE, 0, GST_RESOURCE_ERROR_NO_SPACE_LEFT},
  {"rate-limited", TRUE, 0, GST_RESOURCE_ERROR_BUSY},
  {"connect-timeout", TRUE, 0, GST_RESOURCE_ERROR_OPEN_READ_WRITE},
  {"first-byte-timeout", TRUE, 0, GST_RESOURCE_ERROR_READ},
  {"stalled", TRUE, 0, GST_RESOURCE_ERROR_READ},
  {"disconnected", TRUE, 0, GST_RESOURCE_ERROR_READ},
  {"bad-request", FALSE, 0, GST_RESOURCE_ERROR_SETTINGS},
  {"bad-response", TRUE, 1, GST_STREAM_ERROR_DECODE},
  {"server", TRUE, 0, GST_RESOURCE_ERROR_FAILED},
  {"unsupported", FALSE, 0, GST_RESOURCE_ERROR_SETTINGS},
  {"cancelled", FALSE, 0, GST_RESOURCE_ERROR_FAILED},
  {"internal", FALSE, 2, GST_LIBRARY_ERROR_FAILED},
};

G_STATIC_ASSERT (G_N_ELEMENTS (codes) == GST_VOICE_ERROR_INTERNAL + 1);

/* What goes along with an error, wherever it is copied to. */
typedef struct
{
  guint http_status;            /* 0: not known */
  gchar *request_id;            /* (nullable) */
} GstVoiceErrorPrivate;

static void
gst_voice_error_private_init (GstVoiceErrorPrivate * priv)
{
}

static void
gst_voice_error_private_copy (const GstVoiceErrorPrivate * from,
    GstVoiceErrorPrivate * to)
{
  to->http_status = from->http_status;
  to->request_id = g_strdup (from->request_id);
}

static void
gst_voice_error_private_clear (GstVoiceErrorPrivate * priv)
{
  g_free (priv->request_id);
}

G_DEFINE_EXTENDED_ERROR (GstVoiceError, gst_voice_error);

/**
 * gst_voice_error_set_request:
 * @error: in domain %GST_VOICE_ERROR, otherwise nothing happens
 * @http_status: 0 if none was received
 * @request_id: (nullable): what the service calls the request
 *
 * Adds to the error what it does not know yet of the request that failed; it
 * is told with gst_voice_error_post().
 */
void
gst_voice_error_set_request (GError * error, guint http_status,
    const gchar * request_id)
{
  GstVoiceErrorPrivate *priv;

  if (error->domain != GST_VOICE_ERROR)
    return;
  priv = gst_voice_error_get_private (error);
  if (!priv->http_status)
    priv->http_status = http_status;
  if (!priv->request_id)
    priv->request_id = g_strdup (request_id);
}

/**
 * gst_voice_error_inherit:
 * @error: one that says more
 * @from: (nullable): in whose place it is
 *
 * Adds to the error what @from knows of the request that failed.
 */
void
gst_voice_error_inherit (GError * error, const GError * from)
{
  const GstVoiceErrorPrivate *priv;

  if (!from || from->domain != GST_VOICE_ERROR)
    return;
  priv = gst_voice_error_get_private (from);
  gst_voice_error_set_request (error, priv->http_status, priv->request_id);
}

/**
 * gst_voice_error_name:
 * @code: a code
 *
 * Returns: the code as it stands in messages and in the journal
 */
const gchar *
gst_voice_error_name (GstVoiceError code)
{
  g_return_val_if_fail ((guint) code < G_N_ELEMENTS (codes), "internal");
  return codes[code].name;
}

/**
 * gst_voice_error_from_name:
 * @name: such as `rate-limited`
 * @code: (out): the code of that name
 *
 * Returns: %FALSE if there is no such code
 */
gboolean
gst_voice_error_from_name (const gchar * name, GstVoiceError * code)
{
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    if (g_strcmp0 (codes[i].name, name) == 0) {
      *code = i;
      return TRUE;
    }
  }
  return FALSE;
}

/**
 * gst_voice_error_is_retryable:
 * @code: a code
 *
 * Returns: whether the same request may succeed if it is sent again
 */
gboolean
gst_voice_error_is_retryable (GstVoiceError code)
{
  g_return_val_if_fail ((guint) code < G_N_ELEMENTS (codes), FALSE);
  return codes[code].retryable;
}

/**
 * gst_voice_error_from_http_status:
 * @status: an HTTP status of 400 or more
 *
 * Returns: the code that a service means by it unless it says more
 */
GstVoiceError
gst_voice_error_from_http_status (guint status)
{
  switch (status) {
    case 401:
    case 403:
      return GST_VOICE_ERROR_AUTH;
    case 402:
      return GST_VOICE_ERROR_QUOTA;
    case 408:
      return GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT;
    case 404:
    case 405:
    case 415:
    case 501:
      return GST_VOICE_ERROR_UNSUPPORTED;
    case 429:
      return GST_VOICE_ERROR_RATE_LIMITED;
    default:
      return status >= 400 && status < 500 ? GST_VOICE_ERROR_BAD_REQUEST :
          status >= 500 && status < 600 ? GST_VOICE_ERROR_SERVER :
          GST_VOICE_ERROR_BAD_RESPONSE;
  }
}

static GQuark
domain_of (const CodeInfo * info)
{
  return info->domain == 0 ? GST_RESOURCE_ERROR :
      info->domain == 1 ? GST_STREAM_ERROR : GST_LIBRARY_ERROR;
}

/**
 * gst_voice_error_post:
 * @element: the element that cannot go on
 * @error: in domain %GST_VOICE_ERROR; another domain counts as `internal`
 * @provider: (nullable): the service's name
 * @http_status: 0 if none was received, or the error knows it
 * @request_id: (nullable): what the service calls the request; likewise
 * @fatal: %TRUE posts an ERROR, %FALSE a WARNING
 *
 * Posts the error with the details `code`, `retryable` and, where known,
 * `provider`, `http-status` and `request-id`. To be called once per fault,
 * without a lock held.
 */
void
gst_voice_error_post (GstElement * element, const GError * error,
    const gchar * provider, guint http_status, const gchar * request_id,
    gboolean fatal)
{
  GstVoiceError code = error->domain == GST_VOICE_ERROR ?
      (GstVoiceError) error->code : GST_VOICE_ERROR_INTERNAL;
  const CodeInfo *info = &codes[code];
  GstStructure *details = gst_structure_new ("details",
      "code", G_TYPE_STRING, info->name,
      "retryable", G_TYPE_BOOLEAN, info->retryable, NULL);

  if (error->domain == GST_VOICE_ERROR) {
    const GstVoiceErrorPrivate *priv = gst_voice_error_get_private (error);

    http_status = http_status ? http_status : priv->http_status;
    request_id = request_id ? request_id : priv->request_id;
  }
  if (provider)
    gst_structure_set (details, "provider", G_TYPE_STRING, provider, NULL);
  if (http_status)
    gst_structure_set (details, "http-status", G_TYPE_UINT, http_status, NULL);
  if (request_id)
    gst_structure_set (details, "request-id", G_TYPE_STRING, request_id, NULL);

  gst_element_message_full_with_details (element,
      fatal ? GST_MESSAGE_ERROR : GST_MESSAGE_WARNING, domain_of (info),
      info->gst_code, g_strdup (error->message),
      g_strdup_printf ("%s: %s", provider ? provider : GST_OBJECT_NAME
          (element), info->name), __FILE__, GST_FUNCTION, __LINE__, details);
}
