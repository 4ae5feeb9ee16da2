/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where LiveKit's WebSockets are, and what a refusal there means. The token
 * travels in a header, never in a URL, since URLs are logged.
 *
 * Threads: any. Locks: none.
 */
#include "signalling-url.h"

#include <gst-voice/error.h>
#include <string.h>

#define MAX_TEXT 200

static GUri *
parse (const gchar * server, GError ** error)
{
  GUri *uri = g_uri_parse (server, G_URI_FLAGS_ENCODED
      | G_URI_FLAGS_HAS_PASSWORD, NULL);
  const gchar *fault = NULL;

  if (!uri)
    fault = "it is not a URL such as wss://example.livekit.cloud";
  else if (!g_strv_contains ((const gchar * const[]) { "ws", "wss", "http",
          "https", NULL
          }, g_uri_get_scheme (uri)))
    fault = "it begins with none of wss://, ws://, https://, http://";
  else if (!g_uri_get_host (uri) || !*g_uri_get_host (uri))
    fault = "it names no host";
  else if (g_uri_get_userinfo (uri))
    fault = "a user or password has no place in it";
  else if (g_uri_get_query (uri) || g_uri_get_fragment (uri))
    fault = "it ends where a ? or # begins";
  if (!fault)
    return uri;
  g_clear_pointer (&uri, g_uri_unref);
  /* The URL is not repeated: a password may be in it. */
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      "the URL of the LiveKit server cannot be used: %s", fault);
  return NULL;
}

/* wss://host:1/base, without a slash at its end */
static gchar *
socket_base (const gchar * server, GError ** error)
{
  GUri *uri = parse (server, error);
  const gchar *scheme;
  gchar *path, *base, *text;
  GUri *socket;

  if (!uri)
    return NULL;
  scheme = g_uri_get_scheme (uri);
  path = g_strdup (g_uri_get_path (uri));
  while (*path && g_str_has_suffix (path, "/"))
    path[strlen (path) - 1] = '\0';
  socket = g_uri_build (G_URI_FLAGS_ENCODED,
      g_str_has_suffix (scheme, "s") && !g_str_equal (scheme, "ws") ? "wss" :
      "ws", NULL, g_uri_get_host (uri), g_uri_get_port (uri), path, NULL, NULL);
  text = g_uri_to_string (socket);
  base = g_strdup (text);
  g_free (text);
  g_free (path);
  g_uri_unref (socket);
  g_uri_unref (uri);
  return base;
}

static void
append_parameter (GString * out, const gchar * name, const gchar * value)
{
  g_string_append_printf (out, "&%s=", name);
  g_string_append_uri_escaped (out, value, NULL, FALSE);
}

/**
 * livekit_signal_url:
 * @server: URL of the server, with ws, wss, http or https
 * @connect: how
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the URL of the WebSocket
 */
gchar *
livekit_signal_url (const gchar * server, const LivekitConnect * connect,
    GError ** error)
{
  gchar *base = socket_base (server, error);
  GString *out;

  if (!base)
    return NULL;
  out = g_string_new (base);
  g_free (base);
  g_string_append_printf (out, "/rtc?protocol=%d&auto_subscribe=%d",
      LIVEKIT_SIGNAL_PROTOCOL, !connect->manual);
  append_parameter (out, "os", "linux");
  if (connect->version)
    append_parameter (out, "version", connect->version);
  if (connect->resume) {
    g_string_append_printf (out, "&reconnect=1&reconnect_reason=%d",
        connect->reason);
    append_parameter (out, "sid", connect->resume);
  }
  return g_string_free (out, FALSE);
}

/**
 * livekit_signal_validate_url:
 * @socket_url: what livekit_signal_url () returned
 *
 * Returns: (transfer full): where a plain GET with the same token says why the
 *   WebSocket was refused
 */
gchar *
livekit_signal_validate_url (const gchar * socket_url)
{
  const gchar *query = strchr (socket_url, '?');

  /* ws becomes http, and wss https. */
  return g_strdup_printf ("http%.*s/validate%s",
      (gint) (query - socket_url) - 2, socket_url + 2, query);
}

/**
 * livekit_worker_url:
 * @server: URL of the server, with ws, wss, http or https
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): the URL of the WebSocket for workers
 */
gchar *
livekit_worker_url (const gchar * server, GError ** error)
{
  gchar *base = socket_base (server, error), *url = NULL;

  if (base)
    url = g_strconcat (base, "/agent?protocol=1", NULL);
  g_free (base);
  return url;
}

/* The server's own words, but short, one line, and without a token: a refused
 * one is repeated whole in them. */
static gchar *
quote (const gchar * body)
{
  gchar *text = g_utf8_make_valid (body, -1), *token, *cut;

  g_strdelimit (text, "\r\n\t", ' ');
  g_strstrip (text);
  token = strstr (text, "eyJ");
  if (token)
    *token = '\0';
  cut = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MAX_TEXT));
  g_free (text);
  return g_strstrip (cut);
}

#define OTHER_SECRET "the access token was signed with another secret than " \
    "the server's: compare LIVEKIT_API_SECRET with the server's keys"

/* What the body of a 401 has in it. */
static const struct
{
  const gchar *sign, *explanation;
} refusals[] = {
  {"is expired", "the access token has expired: make a new one, and compare "
        "the clocks of this machine and the server"},
  {"not valid yet", "the access token is not valid yet: compare the clocks of "
        "this machine and the server"},
  {"invalid API key", "the server does not know the API key: compare "
        "LIVEKIT_API_KEY with the server's keys"},
  {"signature is invalid", OTHER_SECRET},
  {"cryptographic", OTHER_SECRET},      /* before 1.13 */
  {"permissions denied", "the access token does not allow this: to join it "
        "needs the grants roomJoin and room, as a worker agent"},
  {"invalid authorization", "the access token is damaged"},
};

static const gchar *
explain_refusal (const gchar * body)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    if (strstr (body, refusals[i].sign))
      return refusals[i].explanation;
  }
  return "the server did not accept the access token";
}

static const gchar *
explain_missing (const gchar * body)
{
  if (strstr (body, "room does not exist"))
    return "the room does not exist and the server does not make rooms by "
        "itself: create it first, or set room.auto_create";
  return "there is no LiveKit at this URL, or a server too old: look at the "
      "URL and its path; version 1.8 or later is needed";
}

/**
 * livekit_signal_refusal:
 * @status: the HTTP status in place of a WebSocket
 * @body: (nullable): what came with it
 *
 * Returns: (transfer full): what it means and what to do, in the domain
 *   %GST_VOICE_ERROR; %GST_VOICE_ERROR_SERVER and
 *   %GST_VOICE_ERROR_RATE_LIMITED may pass, the others will not
 */
GError *
livekit_signal_refusal (guint status, const gchar * body)
{
  GstVoiceError code = gst_voice_error_from_http_status (status);
  gchar *text;
  GError *error;

  if (!body)
    body = "";
  if (status == 401 || status == 403)
    return g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH,
        "LiveKit refused (%u): %s", status, explain_refusal (body));
  if (status == 404)
    return g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "LiveKit refused (404): %s", explain_missing (body));
  text = quote (body);
  error = g_error_new (GST_VOICE_ERROR, code, "LiveKit refused (%u)%s%s",
      status, *text ? ": " : "", text);
  g_free (text);
  return error;
}
