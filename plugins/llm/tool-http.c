/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools that ask a service by HTTP; docs/tools.md has the contract. A write is
 * sent once and never again; a read is sent once more if the connection broke
 * before an answer began. What the model is told of a failure is in our words,
 * or in those that a service has put into `error`, without an address. A secret
 * goes out in its header and comes back nowhere, even if the service repeats
 * it.
 *
 * Threads: a call is prepared where it is run; the network thread sends it and
 * collects the answer; whoever finishes calls reads it then.
 * Locks: none.
 */
#include "tool.h"
#include "tool-json.h"

#include <gst-voice/error.h>
#include <gst-voice/http.h>
#include <gst-voice/io.h>
#include <gst-voice/secret.h>
#include <string.h>

#define CONNECT_MS 5000
/* The timeout of a tool is the pipeline clock's. This is how much longer a
 * write may take to let us know what became of it. */
#define LATE_MS 30000
/* What is shorter is no key, and may stand in an answer by chance. */
#define MIN_SECRET 8

typedef struct
{
  gchar *name, *value;
  gboolean secret;
} Header;

typedef struct
{
  GArray *headers;              /* of Header */
} HttpTool;

typedef struct
{
  /* set once in run() */
  gchar *url;
  GBytes *body;                 /* or NULL */
  GPtrArray *headers;           /* name, value, …; those that are no secret */
  gint64 end_us;

  /* network thread only */
  GstVoiceHttpRequest *request;
  gboolean cancelled, began, repeated;

  /* network thread, and when it has posted over() whoever runs that */
  GString *received;            /* the answer, or the beginning of a refusal */
  gchar *content_type;
  GError *error;
  guint status;
  gboolean went_out;
} HttpRun;

static void
header_clear (gpointer data)
{
  Header *header = data;

  g_free (header->name);
  gst_voice_secret_free (header->value);
}

static void
clear (Tool * tool)
{
  HttpTool *http = tool->data;

  g_array_unref (http->headers);
  g_free (http);
}

static gboolean
is_secret (const gchar * value)
{
  return g_str_has_prefix (value, "env:") || g_str_has_prefix (value, "file:");
}

static gboolean
prepare (Tool * tool, GError ** error)
{
  HttpTool *http = tool->data = g_new0 (HttpTool, 1);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  http->headers = g_array_new (FALSE, FALSE, sizeof (Header));
  g_array_set_clear_func (http->headers, header_clear);
  if (!tool->spec->headers)
    return TRUE;
  json_object_iter_init_ordered (&iter, tool->spec->headers);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    const gchar *value = json_node_get_string (node);
    Header header = { NULL, NULL, is_secret (value) };

    header.value = gst_voice_secret_resolve (value, error);
    if (!header.value) {
      g_prefix_error (error, "header %s: ", name);
      return FALSE;
    }
    header.name = g_strdup (name);
    g_array_append_val (http->headers, header);
  }
  return TRUE;
}

static void
warm (const Tool * tool)
{
  gst_voice_http_prewarm (tool->spec->url);
}

static void
run_free (gpointer data)
{
  HttpRun *run = data;

  g_free (run->url);
  g_clear_pointer (&run->body, g_bytes_unref);
  g_ptr_array_unref (run->headers);
  g_clear_pointer (&run->request, gst_voice_http_request_unref);
  g_string_free (run->received, TRUE);
  g_free (run->content_type);
  g_clear_error (&run->error);
  g_free (run);
  gst_voice_io_unref ();
}

/* What the failure means, for the model. */
static const gchar *
plain_words (GstVoiceError code, gboolean went_out)
{
  switch (code) {
    case GST_VOICE_ERROR_AUTH:
      return "The service refuses our key.";
    case GST_VOICE_ERROR_QUOTA:
      return "Our account at the service has nothing left.";
    case GST_VOICE_ERROR_RATE_LIMITED:
      return "The service is asked too often at the moment.";
    case GST_VOICE_ERROR_CONNECT_TIMEOUT:
      return "The service could not be reached.";
    case GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT:
    case GST_VOICE_ERROR_STALLED:
      return "The service did not answer in time.";
    case GST_VOICE_ERROR_DISCONNECTED:
      return went_out ? "The connection to the service failed." :
          "The service could not be reached.";
    case GST_VOICE_ERROR_BAD_REQUEST:
      return "The service did not accept the request.";
    case GST_VOICE_ERROR_BAD_RESPONSE:
      return "The answer of the service was too long or could not be "
          "understood.";
    case GST_VOICE_ERROR_SERVER:
      return "The service failed.";
    case GST_VOICE_ERROR_UNSUPPORTED:
      return "The service does not know this request.";
    case GST_VOICE_ERROR_CANCELLED:
    case GST_VOICE_ERROR_INTERNAL:
      break;
  }
  return "The request could not be made.";
}

/* Whether the service may have done it all the same. */
static gboolean
is_in_doubt (GstVoiceError code)
{
  return code == GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT
      || code == GST_VOICE_ERROR_STALLED || code == GST_VOICE_ERROR_DISCONNECTED
      || code == GST_VOICE_ERROR_BAD_RESPONSE || code == GST_VOICE_ERROR_SERVER;
}

/* What a service says goes into the record and to the model. */
static gboolean
hide_secrets (const Tool * tool, gchar ** text)
{
  const HttpTool *http = tool->data;
  GString *hidden = g_string_new (*text);
  guint n = 0;

  for (guint i = 0; i < http->headers->len; i++) {
    const Header *header = &g_array_index (http->headers, Header, i);

    if (header->secret && strlen (header->value) >= MIN_SECRET)
      n += g_string_replace (hidden, header->value, "***", 0);
  }
  g_free (*text);
  *text = g_string_free (hidden, FALSE);
  return n > 0;
}

/* As we write it, since a service has many ways to write the same. */
static JsonNode *
answer_of (const Tool * tool, const HttpRun * run)
{
  JsonNode *node = tool_body_read (run->received->str, run->received->len,
      run->content_type);
  gchar *text = node ? gst_voice_json_to_string (node) : NULL;

  if (node && hide_secrets (tool, &text)) {
    json_node_unref (node);
    node = gst_voice_json_parse (text, -1, GST_VOICE_JSON_MAX_SIZE,
        GST_VOICE_JSON_MAX_DEPTH, NULL);
  }
  g_free (text);
  return node;
}

static JsonNode *
failure (ToolCall * call)
{
  const HttpRun *run = call->data;
  GstVoiceError code = run->error->code;
  gchar *complaint = run->status >= 400 && run->status < 500 ?
      tool_body_complaint (run->received->str) : NULL;
  gboolean doubt = call->tool->access == GST_VOICE_TOOL_WRITE
      && run->went_out && is_in_doubt (code);
  JsonNode *node;
  gchar *text;

  if (complaint)
    hide_secrets (call->tool, &complaint);
  text = g_strdup_printf ("%s%s", complaint ? complaint : plain_words (code,
          run->went_out), doubt ? " It is not known whether it was done; do "
      "not simply try again." : "");
  node = tool_error_new (gst_voice_error_name (code), text);

  g_free (text);
  g_free (complaint);
  return node;
}

/* The answer is complete, or there is none. */
static void
over (ToolCall * call)
{
  HttpRun *run = call->data;
  JsonNode *result = NULL;

  if (!run->error) {
    result = answer_of (call->tool, run);
    if (!result)
      g_set_error_literal (&run->error, GST_VOICE_ERROR,
          GST_VOICE_ERROR_BAD_RESPONSE, "the answer is not JSON, nor is it "
          "called text/plain");
  }
  if (result) {
    tool_call_finish (call, TOOL_OK, result);
  } else {
    tool_call_fault (call, run->error);
    tool_call_finish (call, TOOL_ERROR, failure (call));
  }
}

static void start_on_io (gpointer data);

static void
on_headers (GstVoiceHttpRequest * request, guint status, gpointer data)
{
  HttpRun *run = ((ToolCall *) data)->data;

  run->began = TRUE;
  run->content_type = g_strdup (gst_voice_http_request_get_header (request,
          "Content-Type"));
}

static void
on_data (GstVoiceHttpRequest * request, const guint8 * data, gsize size,
    gpointer user_data)
{
  HttpRun *run = ((ToolCall *) user_data)->data;

  g_string_append_len (run->received, (const gchar *) data, size);
}

static gboolean
may_be_repeated (ToolCall * call, const GError * error)
{
  HttpRun *run = call->data;

  return error && error->code == GST_VOICE_ERROR_DISCONNECTED && !run->began
      && !run->repeated && call->tool->access == GST_VOICE_TOOL_READ
      && g_get_monotonic_time () < run->end_us;
}

static void
on_done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  ToolCall *call = data;
  HttpRun *run = call->data;
  const gchar *refusal = gst_voice_http_request_get_error_body (request);

  if (may_be_repeated (call, error)) {
    g_clear_pointer (&run->request, gst_voice_http_request_unref);
    run->repeated = TRUE;
    start_on_io (call);
    return;
  }
  if (error)
    run->error = g_error_copy (error);
  run->status = status;
  run->went_out = gst_voice_http_request_went_out (request);
  if (refusal)
    g_string_assign (run->received, refusal);
  g_clear_pointer (&run->request, gst_voice_http_request_unref);
  tool_call_post (call, over);
}

static void
set_headers (GstVoiceHttpRequest * request, ToolCall * call)
{
  const HttpTool *http = call->tool->data;
  const HttpRun *run = call->data;

  for (guint i = 0; i < http->headers->len; i++) {
    const Header *header = &g_array_index (http->headers, Header, i);

    if (header->secret)
      gst_voice_http_request_set_header (request, header->name, header->value);
  }
  for (guint i = 0; i < run->headers->len; i += 2)
    gst_voice_http_request_set_header (request, run->headers->pdata[i],
        run->headers->pdata[i + 1]);
}

static void
start_on_io (gpointer data)
{
  static const GstVoiceHttpCallbacks callbacks = { on_headers, on_data,
    on_done
  };
  ToolCall *call = data;
  HttpRun *run = call->data;
  gint64 left_us = run->end_us - g_get_monotonic_time ();
  GstVoiceHttpDeadlines deadlines = {.connect = CONNECT_MS,
    .total = MAX (left_us / 1000, 1)
  };

  if (run->cancelled)
    return;
  run->request = gst_voice_http_request_new (call->tool->spec->method,
      run->url);
  set_headers (run->request, call);
  if (run->body)
    gst_voice_http_request_set_body (run->request, run->body,
        "application/json");
  gst_voice_http_request_set_deadlines (run->request, &deadlines);
  gst_voice_http_request_set_callbacks (run->request, &callbacks,
      tool_call_ref (call), (GDestroyNotify) tool_call_unref);
  gst_voice_http_send (run->request);
}

static void
cancel_on_io (gpointer data)
{
  HttpRun *run = ((ToolCall *) data)->data;

  run->cancelled = TRUE;
  if (run->request)
    gst_voice_http_cancel (run->request);
}

static void
cancel (ToolCall * call)
{
  gst_voice_io_post (cancel_on_io, tool_call_ref (call),
      (GDestroyNotify) tool_call_unref);
}

static GBytes *
make_body (ToolCall * call)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  gchar *text;

  json_object_set_string_member (object, "call_id",
      gst_voice_session_call_id (call->session));
  json_object_set_string_member (object, "id", call->id);
  json_object_set_string_member (object, "tool", call->name);
  json_object_set_int_member (object, "turn", call->turn);
  json_object_set_member (object, "arguments",
      gst_voice_json_copy (call->arguments));
  json_node_take_object (node, object);
  text = gst_voice_json_to_string (node);
  json_node_unref (node);
  return g_bytes_new_take (text, strlen (text));
}

/* A query with the arguments; what is no plain value, as JSON. */
static gchar *
make_url (ToolCall * call)
{
  GString *url = g_string_new_len (call->tool->spec->url,
      strcspn (call->tool->spec->url, "#"));
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, json_node_get_object (call->arguments));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    gboolean is_text = JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_string (node);
    gchar *text = is_text ? json_node_dup_string (node) :
        gst_voice_json_to_string (node);

    g_string_append_c (url, strchr (url->str, '?') ? '&' : '?');
    g_string_append_uri_escaped (url, name, NULL, FALSE);
    g_string_append_c (url, '=');
    g_string_append_uri_escaped (url, text, NULL, FALSE);
    g_free (text);
  }
  return g_string_free (url, FALSE);
}

static void
add_header (HttpRun * run, const gchar * name, gchar * value)
{
  g_ptr_array_add (run->headers, g_strdup (name));
  g_ptr_array_add (run->headers, value);
}

/* The same for a repetition, and for no other call; a model's names may hold
 * anything. */
static gchar *
make_key (ToolCall * call)
{
  GString *key = g_string_new (NULL);

  g_string_append_uri_escaped (key, gst_voice_session_call_id (call->session),
      ":@+", FALSE);
  g_string_append_c (key, '/');
  g_string_append_uri_escaped (key, call->id, ":@+", FALSE);
  return g_string_free (key, FALSE);
}

static void
make_headers (ToolCall * call, HttpRun * run)
{
  const HttpTool *http = call->tool->data;

  run->headers = g_ptr_array_new_with_free_func (g_free);
  add_header (run, "Accept", g_strdup ("application/json"));
  for (guint i = 0; i < http->headers->len; i++) {
    const Header *header = &g_array_index (http->headers, Header, i);

    if (!header->secret)
      add_header (run, header->name, tool_call_expand (call, header->value));
  }
  if (call->tool->spec->idempotency)
    add_header (run, "Idempotency-Key", make_key (call));
}

static void
run_call (ToolCall * call)
{
  const gchar *method = call->tool->spec->method;
  gboolean in_url = strcmp (method, "GET") == 0
      || strcmp (method, "DELETE") == 0;
  HttpRun *run = g_new0 (HttpRun, 1);

  gst_voice_io_ref ();
  call->data = run;
  call->free_data = run_free;
  run->received = g_string_new (NULL);
  run->url = in_url ? make_url (call) : g_strdup (call->tool->spec->url);
  run->body = in_url ? NULL : make_body (call);
  make_headers (call, run);
  run->end_us = g_get_monotonic_time () + call->timeout / GST_USECOND +
      LATE_MS * 1000;
  gst_voice_io_post (start_on_io, tool_call_ref (call),
      (GDestroyNotify) tool_call_unref);
}

const ToolKind tool_http = {
  .prepare = prepare,
  .clear = clear,
  .warm = warm,
  .run = run_call,
  .cancel = cancel,
};
