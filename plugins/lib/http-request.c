/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An HTTP request as such: how it is set up, whether it can be sent, and what
 * the head of its answer says.
 *
 * Threads: any before it is sent, then the network thread; its references, any.
 * Locks: none.
 */
#include "http-request.h"
#include "error.h"
#include "http-error.h"
#include "secret.h"

#include <string.h>

#define DEFAULT_ERROR_BODY 500
#define MAX_REQUEST_ID 128

static void
request_free (GstVoiceHttpRequest * r)
{
  guint i;

  if (r->destroy)
    r->destroy (r->user_data);
  for (i = 0; i < r->headers->len; i++)
    gst_voice_secret_free (r->headers->pdata[i]);
  g_ptr_array_free (r->headers, TRUE);
  g_free (r->method);
  g_free (r->url);
  g_clear_pointer (&r->body, g_bytes_unref);
  g_free (r->content_type);
  g_free (r->host);
  g_clear_pointer (&r->in, gst_voice_http_body_free);
  g_clear_object (&r->cancellable);
  g_clear_error (&r->read_error);
  if (r->error_bytes)
    g_byte_array_unref (r->error_bytes);
  g_free (r->error_body);
  g_free (r);
}

/**
 * gst_voice_http_request_new:
 * @method: such as `POST`
 * @url: with the scheme http or https
 *
 * A request without deadlines whose answer may have
 * %GST_VOICE_HTTP_MAX_BYTES. GET and HEAD follow redirections, others do not.
 * The answer may come compressed, and is decompressed; where each piece counts
 * at once, the header `Accept-Encoding: identity` asks for none of that.
 * What is wrong with the arguments is told by the done callback.
 *
 * Returns: (transfer full): the request
 */
GstVoiceHttpRequest *
gst_voice_http_request_new (const gchar * method, const gchar * url)
{
  GstVoiceHttpRequest *r = g_new0 (GstVoiceHttpRequest, 1);

  r->refs = 1;
  r->method = g_strdup (method);
  r->url = g_strdup (url);
  r->headers = g_ptr_array_new ();
  r->max_bytes = GST_VOICE_HTTP_MAX_BYTES;
  r->max_error_body = DEFAULT_ERROR_BODY;
  r->redirects = !g_strcmp0 (method, "GET") || !g_strcmp0 (method, "HEAD");
  return r;
}

/**
 * gst_voice_http_request_ref:
 * @request: a request
 *
 * Returns: (transfer full): the request
 */
GstVoiceHttpRequest *
gst_voice_http_request_ref (GstVoiceHttpRequest * request)
{
  g_atomic_int_inc (&request->refs);
  return request;
}

/**
 * gst_voice_http_request_unref:
 * @request: (transfer full): a request. One that was sent goes on: to stop it,
 *   cancel it
 */
void
gst_voice_http_request_unref (GstVoiceHttpRequest * request)
{
  if (g_atomic_int_dec_and_test (&request->refs))
    request_free (request);
}

static gboolean
is_token (const gchar * s)
{
  if (!*s)
    return FALSE;
  for (; *s; s++) {
    if (!g_ascii_isalnum (*s) && !strchr ("!#$%&'*+-.^_`|~", *s))
      return FALSE;             /* RFC 9110 §5.6.2 */
  }
  return TRUE;
}

static gboolean
is_field_value (const gchar * s)
{
  for (; *s; s++) {
    if (((guchar) * s < 0x20 && *s != '\t') || *s == 0x7f)
      return FALSE;             /* RFC 9110 §5.5 */
  }
  return TRUE;
}

/**
 * gst_voice_http_request_set_header:
 * @request: a request that was not sent
 * @name: such as `Authorization`
 * @value: the value, which is wiped from our memory when the request is freed
 *
 * A line break or another control character in a value makes the request fail
 * with `bad-request`; it is not sent.
 */
void
gst_voice_http_request_set_header (GstVoiceHttpRequest * request,
    const gchar * name, const gchar * value)
{
  g_return_if_fail (name != NULL && value != NULL);
  if (!is_token (name) || !is_field_value (value))
    request->bad_header = TRUE;
  g_ptr_array_add (request->headers, g_strdup (name));
  g_ptr_array_add (request->headers, g_strdup (value));
}

/**
 * gst_voice_http_request_set_body:
 * @request: a request that was not sent
 * @body: what to send
 * @content_type: its type
 */
void
gst_voice_http_request_set_body (GstVoiceHttpRequest * request, GBytes * body,
    const gchar * content_type)
{
  g_clear_pointer (&request->body, g_bytes_unref);
  request->body = g_bytes_ref (body);
  g_free (request->content_type);
  request->content_type = g_strdup (content_type);
}

/**
 * gst_voice_http_request_set_deadlines:
 * @request: a request that was not sent
 * @deadlines: how long to wait for what
 */
void
gst_voice_http_request_set_deadlines (GstVoiceHttpRequest * request,
    const GstVoiceHttpDeadlines * deadlines)
{
  request->deadlines = *deadlines;
}

/**
 * gst_voice_http_request_set_max_bytes:
 * @request: a request that was not sent
 * @max_bytes: an answer with more, after decompression, is a `bad-response`
 */
void
gst_voice_http_request_set_max_bytes (GstVoiceHttpRequest * request,
    guint64 max_bytes)
{
  request->max_bytes = max_bytes;
}

/**
 * gst_voice_http_request_set_max_error_body:
 * @request: a request that was not sent
 * @chars: how much of a refusal's body to keep; by default 500 characters
 */
void
gst_voice_http_request_set_max_error_body (GstVoiceHttpRequest * request,
    guint chars)
{
  request->max_error_body = chars;
}

/**
 * gst_voice_http_request_set_redirects:
 * @request: a request that was not sent
 * @redirects: whether to follow redirections; only GET and HEAD can
 *
 * Our headers are sent to the first host only, and nothing is followed from
 * https to http.
 */
void
gst_voice_http_request_set_redirects (GstVoiceHttpRequest * request,
    gboolean redirects)
{
  request->redirects = redirects && (!g_strcmp0 (request->method, "GET")
      || !g_strcmp0 (request->method, "HEAD"));
}

/**
 * gst_voice_http_request_set_fresh:
 * @request: a request that was not sent
 * @fresh: whether to open a connection for it, even if one is idle
 *
 * For a request that is sent again since the connection it was on broke.
 */
void
gst_voice_http_request_set_fresh (GstVoiceHttpRequest * request, gboolean fresh)
{
  request->fresh = fresh;
}

/**
 * gst_voice_http_request_set_connect_only:
 * @request: a request that was not sent
 * @connect_only: whether to do without the request
 *
 * The connection, TLS included, is all that is made; then `done` is called with
 * the status 0.
 */
void
gst_voice_http_request_set_connect_only (GstVoiceHttpRequest * request,
    gboolean connect_only)
{
  request->connect_only = connect_only;
}

/**
 * gst_voice_http_request_set_callbacks:
 * @request: a request that was not sent
 * @callbacks: what to call
 * @user_data: their last argument: something small with a reference count of
 *   its own rather than an element
 * @destroy: (nullable): gives @user_data back, on the network thread, after the
 *   last callback or when the request was cancelled; a request that was never
 *   sent does it in the thread that drops its last reference
 */
void
gst_voice_http_request_set_callbacks (GstVoiceHttpRequest * request,
    const GstVoiceHttpCallbacks * callbacks, gpointer user_data,
    GDestroyNotify destroy)
{
  request->callbacks = *callbacks;
  request->user_data = user_data;
  request->destroy = destroy;
}

/* Returns: (transfer full) (nullable): the address, if it can be sent */
GUri *
gst_voice_http_request_check (GstVoiceHttpRequest * r, GError ** error)
{
  GUri *uri = r->url ? g_uri_parse (r->url, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const gchar *scheme = uri ? g_uri_get_scheme (uri) : "";
  const gchar *fault = NULL;

  if ((strcmp (scheme, "http") && strcmp (scheme, "https"))
      || !g_uri_get_host (uri) || !*g_uri_get_host (uri))
    fault = "the address is not a complete http or https URL: correct it";
  else if (!r->method || !is_token (r->method))
    fault = "the HTTP method is not a word: correct it";
  else if (r->bad_header)
    fault = "a header of the request holds a character that is not allowed: "
        "look for a line break in the key";
  if (!fault)
    return uri;
  g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      fault);
  g_clear_pointer (&uri, g_uri_unref);
  return NULL;
}

/* Returns: (transfer full) (nullable): what the service calls the request */
gchar *
gst_voice_http_request_get_id (GstVoiceHttpRequest * r)
{
  static const gchar *const names[] = { "x-request-id", "request-id",
    "dg-request-id", "apim-request-id"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    const gchar *value = gst_voice_http_request_get_header (r, names[i]);

    if (value && strlen (value) <= MAX_REQUEST_ID && g_str_is_ascii (value)
        && is_field_value (value))
      return g_strdup (value);
  }
  return NULL;
}

/* Only valid UTF-8 up to the limit, whatever was sent. */
void
gst_voice_http_request_keep_error_body (GstVoiceHttpRequest * r)
{
  gchar *text;

  if (!r->error_bytes)
    return;
  text = g_utf8_make_valid ((gchar *) r->error_bytes->data,
      r->error_bytes->len);
  r->error_body = g_utf8_substring (text, 0,
      MIN (g_utf8_strlen (text, -1), r->max_error_body));
  g_free (text);
}

/**
 * gst_voice_http_request_went_out:
 * @request: a request, in one of its callbacks
 *
 * Returns: whether any of it may have reached a service; %FALSE as long as
 *   there was no connection
 */
gboolean
gst_voice_http_request_went_out (GstVoiceHttpRequest * request)
{
  return request->went_out;
}

/**
 * gst_voice_http_request_get_header:
 * @request: a request, in one of its callbacks
 * @name: a header's name
 *
 * Returns: (transfer none) (nullable): its first value in the answer
 */
const gchar *
gst_voice_http_request_get_header (GstVoiceHttpRequest * request,
    const gchar * name)
{
  return request->msg ? soup_message_headers_get_one
      (soup_message_get_response_headers (request->msg), name) : NULL;
}

/**
 * gst_voice_http_request_get_retry_after:
 * @request: a request, in one of its callbacks
 *
 * Returns: how long the service wants to be left alone, by `Retry-After` or
 *   `retry-after-ms`, in milliseconds and at most a day; -1 if it did not say
 */
gint64
gst_voice_http_request_get_retry_after (GstVoiceHttpRequest * request)
{
  return gst_voice_http_error_retry_after
      (gst_voice_http_request_get_header (request, "retry-after-ms"),
      gst_voice_http_request_get_header (request, "Retry-After"),
      g_get_real_time ());
}

/**
 * gst_voice_http_request_get_error_body:
 * @request: a request, in its done callback
 *
 * What the service wrote with a status that is not 2xx: valid UTF-8, at most
 * 500 characters unless gst_voice_http_request_set_max_error_body() said
 * otherwise. It may quote the request, so it is for a parser or a debug
 * log rather than for an error's text.
 *
 * Returns: (transfer none) (nullable): the beginning of the body
 */
const gchar *
gst_voice_http_request_get_error_body (GstVoiceHttpRequest * request)
{
  return request->error_body;
}
