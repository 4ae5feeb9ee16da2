/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools that ask a service by HTTP; docs/tools.md has the contract. A write
 * that may have been done is not sent again before the service has said that it
 * was not, or under a key by which it knows it; a read is sent once more if the
 * connection broke before an answer began. Each attempt has a line in the
 * journal. What the model is told of a failure is in our words,
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
#include "tool-template.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
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
  gchar *sign_header, *sign_secret;     /* or NULL */
} HttpTool;

typedef struct
{
  /* set once in run() */
  gchar *url, *key;
  gchar *status_url;            /* or NULL */
  GBytes *body;                 /* or NULL */
  GPtrArray *headers;           /* name, value, …; those that are no secret */
  gint64 end_us;

  /* one after the other: run(), and what is done for an answer */
  guint attempt;
  guint retries;                /* that are left */
  gboolean listed;              /* in the ledger */
  gboolean in_doubt;            /* it may have been done */
  gboolean asks;                /* for the outcome, and does not try */

  /* network thread only */
  GstVoiceHttpRequest *request;
  gboolean cancelled;

  /* network thread, and when it has posted over() whoever runs that */
  GString *received;            /* the answer, or the beginning of a refusal */
  gchar *content_type;
  GError *error;
  guint status;
  gboolean began, went_out;
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
  g_free (http->sign_header);
  gst_voice_secret_free (http->sign_secret);
  g_free (http);
}

static gboolean
is_secret (const gchar * value)
{
  return g_str_has_prefix (value, "env:") || g_str_has_prefix (value, "file:");
}

static gboolean
prepare_signature (HttpTool * http, JsonObject * sign, GError ** error)
{
  http->sign_header = g_strdup (json_object_get_string_member_with_default
      (sign, "header", "X-Signature"));
  http->sign_secret = gst_voice_secret_resolve (json_object_get_string_member
      (sign, "secret"), error);
  if (!http->sign_secret)
    g_prefix_error (error, "sign: ");
  return http->sign_secret != NULL;
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
  if (tool->spec->sign && !prepare_signature (http, tool->spec->sign, error))
    return FALSE;
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
  g_free (run->key);
  g_free (run->status_url);
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
  if (http->sign_secret && strlen (http->sign_secret) >= MIN_SECRET)
    n += g_string_replace (hidden, http->sign_secret, "***", 0);
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

static gboolean
is_write (const ToolCall * call)
{
  return call->tool->access == GST_VOICE_TOOL_WRITE;
}

#define IN_DOUBT "It is not known whether it was done; do not simply try again."

static JsonNode *
failure (ToolCall * call)
{
  const HttpRun *run = call->data;
  GstVoiceError code = run->error->code;
  gchar *complaint = run->status >= 400 && run->status < 500 ?
      tool_body_complaint (run->received->str) : NULL;
  JsonNode *node;
  gchar *text;

  if (complaint)
    hide_secrets (call->tool, &complaint);
  text = g_strdup_printf ("%s%s", complaint ? complaint : plain_words (code,
          run->went_out), run->in_doubt ? " " IN_DOUBT : "");
  node = tool_error_new (gst_voice_error_name (code), text);

  g_free (text);
  g_free (complaint);
  return node;
}

/* FALSE if it had to be on the disk and is not. */
static gboolean
note_attempt (ToolCall * call, const gchar * outcome, gboolean durable)
{
  const HttpRun *run = call->data;

  return gst_voice_session_report_at (call->session, call->element,
      gst_voice_structure_new ("tool-attempt", "id", call->id,
          "key", run->key, "attempt", run->attempt,
          "what", run->asks ? "status" : "request", "outcome", outcome,
          "code", run->error ? gst_voice_error_name (run->error->code) : "",
          NULL), gst_element_get_current_running_time (call->element), durable);
}

/* The ledger first: the model may try again at once. */
static void
end (ToolCall * call, ToolOutcome outcome, JsonNode * result)
{
  HttpRun *run = call->data;

  if (run->listed)
    tool_ledger_end (call->ledger, run->key, !run->in_doubt);
  run->listed = FALSE;
  tool_call_finish (call, outcome, result);
}

static void start_on_io (gpointer data);

static void
send_request (ToolCall * call)
{
  gst_voice_io_post (start_on_io, tool_call_ref (call),
      (GDestroyNotify) tool_call_unref);
}

/* The first is in the journal as the call itself. */
static void
try (ToolCall * call)
{
  HttpRun *run = call->data;

  run->asks = FALSE;
  run->attempt = is_write (call) ? tool_ledger_attempt (call->ledger,
      run->key) : run->attempt + 1;
  g_clear_error (&run->error);
  if (run->attempt > 1 && !note_attempt (call, "begun", is_write (call))
      && is_write (call))
    end (call, TOOL_ERROR, tool_error_new ("internal", "The call could not be "
            "written into the record, so it was not made."));
  else
    send_request (call);
}

static void
ask_for_outcome (ToolCall * call)
{
  HttpRun *run = call->data;

  run->asks = TRUE;
  send_request (call);
}

/* Not for what nobody waits for any more: it would come as a surprise. */
static gboolean
may_try_again (ToolCall * call)
{
  HttpRun *run = call->data;

  if (run->retries == 0 || !tool_call_is_awaited (call)
      || g_get_monotonic_time () >= run->end_us)
    return FALSE;
  run->retries--;
  return TRUE;
}

static gboolean
is_broken_connection (const HttpRun * run)
{
  return !run->began && (run->error->code == GST_VOICE_ERROR_DISCONNECTED
      || (!run->went_out
          && run->error->code == GST_VOICE_ERROR_CONNECT_TIMEOUT));
}

/* Whether an attempt that failed is followed by another request. */
static gboolean
goes_on (ToolCall * call)
{
  HttpRun *run = call->data;
  gboolean may_be_done = is_write (call) && run->went_out
      && is_in_doubt (run->error->code);

  run->in_doubt |= may_be_done;
  note_attempt (call, may_be_done ? "unknown" : "not-done", FALSE);
  if (run->in_doubt && run->status_url) {
    ask_for_outcome (call);
    return TRUE;
  }
  if ((may_be_done || is_broken_connection (run)) && may_try_again (call)) {
    try (call);
    return TRUE;
  }
  return FALSE;
}

static void
attempt_over (ToolCall * call)
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
    run->in_doubt = FALSE;
    note_attempt (call, "done", FALSE);
    end (call, TOOL_OK, result);
  } else if (!goes_on (call)) {
    tool_call_fault (call, run->error);
    end (call, TOOL_ERROR, failure (call));
  }
}

static const gchar *
outcome_of (JsonNode * answer)
{
  JsonNode *node = answer ? gst_voice_json_at (answer, "/status") : NULL;
  const gchar *text = node && JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;

  return g_strcmp0 (text, "done") == 0 ? "done" :
      g_strcmp0 (text, "not-done") == 0 ? "not-done" : "unknown";
}

static JsonNode *
result_found (JsonNode * answer)
{
  JsonNode *result = gst_voice_json_at (answer, "/result");

  return result ? gst_voice_json_copy (result) : tool_body_read ("", 0, NULL);
}

/* The service has said what became of it, or has not. */
static void
status_over (ToolCall * call)
{
  HttpRun *run = call->data;
  JsonNode *answer = run->error || run->received->len == 0 ? NULL :
      answer_of (call->tool, run);
  const gchar *outcome = outcome_of (answer);

  note_attempt (call, outcome, FALSE);
  run->in_doubt = strcmp (outcome, "unknown") == 0;
  if (strcmp (outcome, "done") == 0)
    end (call, TOOL_OK, result_found (answer));
  else if (run->in_doubt)
    end (call, TOOL_ERROR, tool_error_new ("unknown-outcome", IN_DOUBT));
  else if (may_try_again (call))
    try (call);
  else
    end (call, TOOL_ERROR, tool_error_new ("not-done", "The service failed, "
            "and it was not done."));
  g_clear_pointer (&answer, json_node_unref);
}

/* The answer is complete, or there is none. */
static void
over (ToolCall * call)
{
  const HttpRun *run = call->data;

  if (run->asks)
    status_over (call);
  else
    attempt_over (call);
}

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

static void
on_done (GstVoiceHttpRequest * request, const GError * error, guint status,
    const gchar * request_id, gpointer data)
{
  ToolCall *call = data;
  HttpRun *run = call->data;
  const gchar *refusal = gst_voice_http_request_get_error_body (request);

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

/* As the request line has it. */
static gchar *
target_of (const gchar * url)
{
  const gchar *host = strstr (url, "://") + 3;
  const gchar *path = host + strcspn (host, "/?#");
  gsize length = strcspn (path, "#");

  return g_strdup_printf ("%s%.*s", *path == '/' ? "" : "/", (gint) length,
      path);
}

/* Anew for each attempt, since it has the time in it. */
static void
sign (GstVoiceHttpRequest * request, ToolCall * call)
{
  const HttpTool *http = call->tool->data;
  const HttpRun *run = call->data;
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, (const guchar *)
      http->sign_secret, strlen (http->sign_secret));
  gchar *target = target_of (run->asks ? run->status_url : run->url);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gchar *head = g_strdup_printf ("%" G_GINT64_FORMAT ".%s.%s.", now,
      run->asks ? "GET" : call->tool->spec->method, target);
  gsize size = 0;
  const guchar *body = run->body && !run->asks ? g_bytes_get_data (run->body,
      &size) : NULL;
  gchar *value;

  g_hmac_update (hmac, (const guchar *) head, strlen (head));
  if (size > 0)
    g_hmac_update (hmac, body, size);
  value = g_strdup_printf ("t=%" G_GINT64_FORMAT ",v1=%s", now,
      g_hmac_get_string (hmac));
  gst_voice_http_request_set_header (request, http->sign_header, value);
  /* It would not fit another address. */
  gst_voice_http_request_set_redirects (request, FALSE);
  g_hmac_unref (hmac);
  g_free (value);
  g_free (head);
  g_free (target);
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
  run->began = run->went_out = FALSE;
  run->status = 0;
  g_string_truncate (run->received, 0);
  g_clear_pointer (&run->content_type, g_free);
  g_clear_error (&run->error);
  run->request = gst_voice_http_request_new (run->asks ? "GET" :
      call->tool->spec->method, run->asks ? run->status_url : run->url);
  set_headers (run->request, call);
  if (((const HttpTool *) call->tool->data)->sign_secret)
    sign (run->request, call);
  if (run->body && !run->asks)
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

static gboolean
sends_body (const gchar * method)
{
  return strcmp (method, "GET") != 0 && strcmp (method, "DELETE") != 0;
}

/* A query with the arguments that the address does not name; what is no plain
 * value, as JSON. */
static void
add_arguments (ToolCall * call, gchar ** text)
{
  GString *url = g_string_new_len (*text, strcspn (*text, "#"));
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init_ordered (&iter, json_node_get_object (call->arguments));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    gboolean is_text = JSON_NODE_HOLDS_VALUE (node)
        && json_node_get_string (node);
    gchar *value;

    if (tool_template_uses (call->tool->spec->url, name))
      continue;
    value = is_text ? json_node_dup_string (node) :
        gst_voice_json_to_string (node);
    g_string_append_c (url, strchr (url->str, '?') ? '&' : '?');
    g_string_append_uri_escaped (url, name, NULL, FALSE);
    g_string_append_c (url, '=');
    g_string_append_uri_escaped (url, value, NULL, FALSE);
    g_free (value);
  }
  g_free (*text);
  *text = g_string_free (url, FALSE);
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

  add_header (run, "Accept", g_strdup ("application/json"));
  for (guint i = 0; i < http->headers->len; i++) {
    const Header *header = &g_array_index (http->headers, Header, i);

    if (!header->secret)
      add_header (run, header->name, tool_call_expand (call, header->value));
  }
  if (call->tool->spec->idempotency)
    add_header (run, "Idempotency-Key", g_strdup (run->key));
}

/* Whether it may be sent, or asked for; otherwise it has its result. */
static gboolean
enter_ledger (ToolCall * call)
{
  HttpRun *run = call->data;
  ToolLedgerState state =
      is_write (call) ? tool_ledger_begin (call->ledger, call->name,
      call->arguments, &run->key, &run->attempt) : TOOL_LEDGER_NEW;

  run->listed = is_write (call) && (state == TOOL_LEDGER_NEW
      || state == TOOL_LEDGER_UNKNOWN);
  run->in_doubt = state == TOOL_LEDGER_UNKNOWN;
  if (state == TOOL_LEDGER_RUNS) {
    end (call, TOOL_ERROR, tool_error_new ("running", "The same is being done "
            "already, so it was not begun again. Wait for its result."));
  } else if (state == TOOL_LEDGER_FULL) {
    end (call, TOOL_ERROR, tool_error_new ("too-many-calls", "Too many calls "
            "may have been done without an answer. Nothing more is tried."));
  } else if (run->in_doubt && !call->tool->spec->status_url
      && run->retries == 0) {
    end (call, TOOL_ERROR, tool_error_new ("unknown-outcome", "The same was "
            "tried before, and it is not known whether it was done. It was "
            "not tried again. Tell the caller."));
  } else {
    return TRUE;
  }
  return FALSE;
}

/* An outcome that was asked for allows one more try. */
static guint
retries_of (const Tool * tool)
{
  if (tool->spec->retry >= 0)
    return tool->spec->retry;
  return tool->access == GST_VOICE_TOOL_READ || tool->spec->status_url;
}

static gchar *
look_up (const gchar * name, gpointer data)
{
  ToolCall *call = data;
  const HttpRun *run = call->data;
  gchar *text, *value;

  if (strcmp (name, "key") == 0)
    return g_strdup (run->key);
  text = g_strdup_printf ("{{%s}}", name);
  value = tool_call_expand (call, text);
  g_free (text);
  return value;
}

/* FALSE if what was said does not fit into an address. */
static gboolean
make_addresses (ToolCall * call)
{
  const gchar *method = call->tool->spec->method;
  JsonObject *arguments = json_node_get_object (call->arguments);
  HttpRun *run = call->data;

  run->url = tool_template_url (call->tool->spec->url, arguments, look_up,
      call);
  if (run->url && !sends_body (method))
    add_arguments (call, &run->url);
  if (call->tool->spec->status_url)
    run->status_url = tool_template_url (call->tool->spec->status_url,
        arguments, look_up, call);
  return run->url && !run->status_url == !call->tool->spec->status_url;
}

static void
run_call (ToolCall * call)
{
  HttpRun *run = g_new0 (HttpRun, 1);

  gst_voice_io_ref ();
  call->data = run;
  call->free_data = run_free;
  run->received = g_string_new (NULL);
  run->headers = g_ptr_array_new_with_free_func (g_free);
  run->key = make_key (call);
  run->retries = retries_of (call->tool);
  run->end_us = g_get_monotonic_time () + call->timeout / GST_USECOND +
      LATE_MS * 1000;
  if (!enter_ledger (call))
    return;
  if (!make_addresses (call)) {
    end (call, TOOL_INVALID, tool_error_new ("invalid-arguments", "An argument "
            "that is a part of the address is empty or has only dots."));
    return;
  }
  run->body = sends_body (call->tool->spec->method) ? make_body (call) : NULL;
  make_headers (call, run);
  if (run->in_doubt && run->status_url)
    ask_for_outcome (call);
  else
    try (call);
}

const ToolKind tool_http = {
  .prepare = prepare,
  .clear = clear,
  .warm = warm,
  .run = run_call,
  .cancel = cancel,
};
