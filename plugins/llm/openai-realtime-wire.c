/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenAI's realtime sessions as JSON: what is sent is written, what comes is
 * understood, by its GA names and those of the beta that other services still
 * speak. Whatever is unknown, or of another type than it should be, is as if it
 * were not there.
 *
 * Threads: any, one at a time. Locks: none.
 */
#include "openai-realtime-wire.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_HISTORY 400         /* of the newest messages */

static JsonObject *
add_object (JsonObject * to, const gchar * name)
{
  JsonObject *object = json_object_new ();

  json_object_set_object_member (to, name, object);
  return object;
}

static void
add_text (JsonObject * to, const gchar * name, const gchar * text)
{
  if (text && *text)
    json_object_set_string_member (to, name, text);
}

static JsonObject *
new_event (const gchar * type)
{
  JsonObject *event = json_object_new ();

  json_object_set_string_member (event, "type", type);
  return event;
}

static void
add_detection (JsonObject * to, const OpenaiRealtimeSettings * s)
{
  JsonObject *detection;

  if (s->turns == OPENAI_REALTIME_OWN_TURNS) {
    json_object_set_null_member (to, "turn_detection");
    return;
  }
  detection = add_object (to, "turn_detection");
  if (s->turns == OPENAI_REALTIME_SERVER_VAD) {
    json_object_set_string_member (detection, "type", "server_vad");
    json_object_set_double_member (detection, "threshold", s->threshold);
    json_object_set_int_member (detection, "prefix_padding_ms", s->prefix);
    json_object_set_int_member (detection, "silence_duration_ms", s->silence);
  } else {
    json_object_set_string_member (detection, "type", "semantic_vad");
    add_text (detection, "eagerness", s->eagerness);
  }
  json_object_set_boolean_member (detection, "create_response", TRUE);
  json_object_set_boolean_member (detection, "interrupt_response",
      s->interrupts);
}

static void
add_transcription (JsonObject * to, const gchar * name,
    const OpenaiRealtimeSettings * s)
{
  const gchar *end = s->language ? strpbrk (s->language, "-_") : NULL;
  JsonObject *object;
  gchar *primary;

  if (!s->transcription || !*s->transcription) {
    json_object_set_null_member (to, name);
    return;
  }
  object = add_object (to, name);
  json_object_set_string_member (object, "model", s->transcription);
  primary = end ? g_strndup (s->language, end - s->language) :
      g_strdup (s->language);
  if (g_strcmp0 (primary, "multi") != 0)
    add_text (object, "language", primary);
  g_free (primary);
}

static void
add_tools (JsonObject * to, JsonArray * tools)
{
  static const gchar *const names[] = { "name", "description", "parameters" };
  JsonArray *out = json_array_new ();

  for (guint i = 0; i < llm_wire_length (tools); i++) {
    JsonObject *tool = llm_wire_element (tools, i), *one = json_object_new ();

    json_object_set_string_member (one, "type", "function");
    for (guint n = 0; tool && n < G_N_ELEMENTS (names); n++) {
      JsonNode *node = json_object_get_member (tool, names[n]);

      if (node)
        json_object_set_member (one, names[n], gst_voice_json_copy (node));
    }
    json_array_add_object_element (out, one);
  }
  json_object_set_array_member (to, "tools", out);
}

static void
add_format (JsonObject * to)
{
  JsonObject *format = add_object (to, "format");

  json_object_set_string_member (format, "type", "audio/pcm");
  json_object_set_int_member (format, "rate", OPENAI_REALTIME_RATE);
}

static void
add_ga (JsonObject * session, const OpenaiRealtimeSettings * s)
{
  JsonObject *audio, *input, *output;
  JsonArray *modalities = json_array_new ();

  json_object_set_string_member (session, "type", "realtime");
  json_array_add_string_element (modalities, "audio");
  json_object_set_array_member (session, "output_modalities", modalities);
  audio = add_object (session, "audio");
  input = add_object (audio, "input");
  add_format (input);
  add_transcription (input, "transcription", s);
  add_detection (input, s);
  output = add_object (audio, "output");
  add_format (output);
  add_text (output, "voice", s->voice);
  if (s->speed != 1)
    json_object_set_double_member (output, "speed", s->speed);
  if (s->max_tokens)
    json_object_set_int_member (session, "max_output_tokens", s->max_tokens);
}

static void
add_beta (JsonObject * session, const OpenaiRealtimeSettings * s)
{
  JsonArray *modalities = json_array_new ();

  json_array_add_string_element (modalities, "audio");
  json_array_add_string_element (modalities, "text");
  json_object_set_array_member (session, "modalities", modalities);
  json_object_set_string_member (session, "input_audio_format", "pcm16");
  json_object_set_string_member (session, "output_audio_format", "pcm16");
  add_transcription (session, "input_audio_transcription", s);
  add_detection (session, s);
  add_text (session, "voice", s->voice);
  if (s->speed != 1)
    json_object_set_double_member (session, "speed", s->speed);
  if (s->temperature >= 0)
    json_object_set_double_member (session, "temperature", s->temperature);
  if (s->max_tokens)
    json_object_set_int_member (session, "max_response_output_tokens",
        s->max_tokens);
}

static void
add_extra (JsonObject * session, JsonObject * extra)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init (&iter, extra);
  while (json_object_iter_next (&iter, &name, &node)) {
    if (JSON_NODE_HOLDS_NULL (node))
      json_object_remove_member (session, name);
    else
      json_object_set_member (session, name, gst_voice_json_copy (node));
  }
}

/**
 * openai_realtime_session:
 * @settings: what to ask for
 *
 * Returns: (transfer full): the event that sets a session up
 */
gchar *
openai_realtime_session (const OpenaiRealtimeSettings * s)
{
  JsonObject *event = new_event ("session.update");
  JsonObject *session = add_object (event, "session");

  if (s->beta)
    add_beta (session, s);
  else
    add_ga (session, s);
  json_object_set_string_member (session, "instructions",
      s->instructions ? s->instructions : "");
  add_tools (session, s->tools);
  add_text (session, "tool_choice", s->tool_choice);
  if (s->extra)
    add_extra (session, s->extra);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_append:
 * @samples: sound at %OPENAI_REALTIME_RATE
 * @n: how much
 *
 * Returns: (transfer full): the event that carries it
 */
gchar *
openai_realtime_append (const gint16 * samples, gsize n)
{
  gchar *data = g_base64_encode ((const guchar *) samples,
      n * sizeof *samples);
  gchar *event = g_strconcat ("{\"type\":\"input_audio_buffer.append\","
      "\"audio\":\"", data, "\"}", NULL);

  g_free (data);
  return event;
}

static JsonObject *
new_item (const gchar * type, JsonObject ** event)
{
  JsonObject *item;

  *event = new_event ("conversation.item.create");
  item = add_object (*event, "item");
  json_object_set_string_member (item, "type", type);
  return item;
}

/**
 * openai_realtime_message:
 * @role: `user`, `assistant` or `system`
 * @text: what was said
 * @beta: for a service that speaks the beta
 *
 * Returns: (transfer full): the event that enters it in the conversation
 */
gchar *
openai_realtime_message (const gchar * role, const gchar * text, gboolean beta)
{
  gboolean agent = strcmp (role, "assistant") == 0;
  JsonObject *event, *item = new_item ("message", &event);
  JsonObject *part = json_object_new ();
  JsonArray *content = json_array_new ();

  json_object_set_string_member (item, "role", role);
  json_object_set_string_member (part, "type", !agent ? "input_text" :
      beta ? "text" : "output_text");
  json_object_set_string_member (part, "text", text);
  json_array_add_object_element (content, part);
  json_object_set_array_member (item, "content", content);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_call:
 * @call_id: of a call that was made
 * @name: of the tool
 * @arguments: JSON
 *
 * Returns: (transfer full): the event that enters it in the conversation
 */
gchar *
openai_realtime_call (const gchar * call_id, const gchar * name,
    const gchar * arguments)
{
  JsonObject *event, *item = new_item ("function_call", &event);

  json_object_set_string_member (item, "call_id", call_id);
  json_object_set_string_member (item, "name", name);
  json_object_set_string_member (item, "arguments", arguments);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_result:
 * @call_id: of a call
 * @output: what came of it
 *
 * Returns: (transfer full): the event that tells it
 */
gchar *
openai_realtime_result (const gchar * call_id, const gchar * output)
{
  JsonObject *event, *item = new_item ("function_call_output", &event);

  json_object_set_string_member (item, "call_id", call_id);
  json_object_set_string_member (item, "output", output);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_respond:
 * @ask: comes back with the answer
 * @instructions: (nullable): instead of the session's
 * @no_tools: none may be called
 *
 * Returns: (transfer full): the event that asks for an answer
 */
gchar *
openai_realtime_respond (guint ask, const gchar * instructions,
    gboolean no_tools)
{
  JsonObject *event = new_event ("response.create");
  JsonObject *response = add_object (event, "response");
  JsonObject *metadata = add_object (response, "metadata");
  gchar *number = g_strdup_printf ("%u", ask);

  json_object_set_string_member (metadata, "ask", number);
  add_text (response, "instructions", instructions);
  if (no_tools)
    json_object_set_string_member (response, "tool_choice", "none");
  g_free (number);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_cancel:
 * @response: (nullable): the answer that is not wanted any more
 *
 * Returns: (transfer full): the event that says so
 */
gchar *
openai_realtime_cancel (const gchar * response)
{
  JsonObject *event = new_event ("response.cancel");

  add_text (event, "response_id", response);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_truncate:
 * @item: a message of the agent
 * @ms: how much of it was heard
 *
 * Returns: (transfer full): the event that forgets the rest
 */
gchar *
openai_realtime_truncate (const gchar * item, guint ms)
{
  JsonObject *event = new_event ("conversation.item.truncate");

  json_object_set_string_member (event, "item_id", item);
  json_object_set_int_member (event, "content_index", 0);
  json_object_set_int_member (event, "audio_end_ms", ms);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_delete:
 * @item: an item of the conversation
 *
 * Returns: (transfer full): the event that forgets it
 */
gchar *
openai_realtime_delete (const gchar * item)
{
  JsonObject *event = new_event ("conversation.item.delete");

  json_object_set_string_member (event, "item_id", item);
  return llm_wire_to_json (event);
}

/**
 * openai_realtime_output:
 * @message: of a tool, see chat.h
 *
 * Returns: (transfer full): its result
 */
gchar *
openai_realtime_output (JsonObject * message)
{
  const gchar *text = llm_wire_string (message, "content");
  JsonNode *content = json_object_get_member (message, "content");

  return text ? g_strdup (text) : content ? gst_voice_json_to_string (content) :
      g_strdup ("");
}

static void
add_calls (GPtrArray * out, JsonArray * calls)
{
  for (guint i = 0; i < llm_wire_length (calls); i++) {
    JsonObject *call = llm_wire_element (calls, i);
    JsonNode *node = llm_wire_member (call, "arguments", JSON_NODE_OBJECT);
    gchar *arguments = node ? gst_voice_json_to_string (node) : NULL;
    const gchar *id = llm_wire_string (call, "id");
    const gchar *name = llm_wire_string (call, "name");

    if (id && name)
      g_ptr_array_add (out, openai_realtime_call (id, name,
              arguments ? arguments : "{}"));
    g_free (arguments);
  }
}

static void
add_message (GPtrArray * out, JsonObject * message, gboolean beta)
{
  const gchar *role = llm_wire_string (message, "role");
  const gchar *id = llm_wire_string (message, "id");
  const gchar *text = llm_wire_string (message, "content");
  gchar *output;

  if (g_strcmp0 (role, "tool") == 0) {
    output = openai_realtime_output (message);
    if (id)
      g_ptr_array_add (out, openai_realtime_result (id, output));
    g_free (output);
    return;
  }
  if (role && text && *text)
    g_ptr_array_add (out, openai_realtime_message (role, text, beta));
  add_calls (out, llm_wire_array (message, "tool_calls"));
}

/**
 * openai_realtime_history:
 * @messages: the conversation, see chat.h
 * @beta: for a service that speaks the beta
 *
 * Returns: (transfer full): the events that make it anew
 */
GPtrArray *
openai_realtime_history (JsonArray * messages, gboolean beta)
{
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
  guint n = llm_wire_length (messages);
  guint i = n > MAX_HISTORY ? n - MAX_HISTORY : 0;

  /* A result without its call would be refused. */
  while (i > 0 && i < n && g_strcmp0 (llm_wire_string (llm_wire_element
              (messages, i), "role"), "tool") == 0)
    i++;
  for (; i < n; i++) {
    JsonObject *message = llm_wire_element (messages, i);

    if (message)
      add_message (out, message, beta);
  }
  return out;
}

typedef struct
{
  const gchar *name;
  OpenaiRealtimeType type;
} TypeName;

static OpenaiRealtimeType
type_of (JsonObject * root)
{
#define TRANSCRIPTION "conversation.item.input_audio_transcription."
  static const TypeName names[] = {
    {"session.created", OPENAI_REALTIME_SESSION},
    {"session.updated", OPENAI_REALTIME_READY},
    {"input_audio_buffer.speech_started", OPENAI_REALTIME_STARTED},
    {"input_audio_buffer.speech_stopped", OPENAI_REALTIME_STOPPED},
    {"input_audio_buffer.committed", OPENAI_REALTIME_COMMITTED},
    {TRANSCRIPTION "completed", OPENAI_REALTIME_HEARD},
    {TRANSCRIPTION "failed", OPENAI_REALTIME_UNHEARD},
    {"response.created", OPENAI_REALTIME_CREATED},
    {"response.output_item.added", OPENAI_REALTIME_ITEM},
    {"response.output_item.done", OPENAI_REALTIME_CALL},
    {"response.output_audio_transcript.delta", OPENAI_REALTIME_WORDS},
    {"response.audio_transcript.delta", OPENAI_REALTIME_WORDS},
    {"response.output_audio.delta", OPENAI_REALTIME_AUDIO},
    {"response.audio.delta", OPENAI_REALTIME_AUDIO},
    {"response.done", OPENAI_REALTIME_DONE},
    {"error", OPENAI_REALTIME_ERROR},
  };
  const gchar *type = llm_wire_string (root, "type");

  for (guint i = 0; type && i < G_N_ELEMENTS (names); i++) {
    if (strcmp (type, names[i].name) == 0)
      return names[i].type;
  }
  return OPENAI_REALTIME_OTHER;
}

static gchar *
dup_id (JsonObject * object, const gchar * name)
{
  const gchar *id = llm_wire_string (object, name);

  return id && *id && strlen (id) <= OPENAI_REALTIME_MAX_ID ? g_strdup (id) :
      NULL;
}

static gint64
time_of (JsonObject * root, const gchar * name)
{
  gint64 ms;

  return llm_wire_number (root, name, &ms) ? ms : -1;
}

/* More than 2038 is not told by llm_wire_number(). */
static gint64
expiry_of (JsonObject * session)
{
  JsonNode *node = llm_wire_member (session, "expires_at", JSON_NODE_VALUE);
  gdouble value = node && (json_node_get_value_type (node) == G_TYPE_INT64
      || json_node_get_value_type (node) == G_TYPE_DOUBLE) ?
      json_node_get_double (node) : 0;

  return value > 0 && value < 1e11 ? (gint64) value : 0;
}

static void
set_text (OpenaiRealtimeEvent * event, const gchar * text, gsize most)
{
  if (!text || strlen (text) > most)
    return;
  g_free (event->text);
  event->text = g_strdup (text);
}

static void
read_audio (OpenaiRealtimeEvent * event, JsonObject * root)
{
  const gchar *delta = llm_wire_string (root, "delta");
  gsize size;
  guchar *data;

  if (!delta || !*delta)
    return;
  data = g_base64_decode (delta, &size);
  event->audio = g_bytes_new_take (data, size);
}

static void
read_item (OpenaiRealtimeEvent * event, JsonObject * item)
{
  const gchar *type = llm_wire_string (item, "type");

  event->item = dup_id (item, "id");
  if (g_strcmp0 (type, "function_call") != 0) {
    if (event->type == OPENAI_REALTIME_CALL || g_strcmp0 (type, "message") != 0)
      event->type = OPENAI_REALTIME_OTHER;
    return;
  }
  if (event->type == OPENAI_REALTIME_ITEM) {
    event->type = OPENAI_REALTIME_OTHER;
    return;
  }
  event->call = dup_id (item, "call_id");
  event->name = dup_id (item, "name");
  set_text (event, llm_wire_string (item, "arguments"), LLM_WIRE_MAX_ARGUMENTS);
  if (!event->name)
    event->type = OPENAI_REALTIME_OTHER;
}

static guint
count (JsonObject * object, const gchar * name)
{
  gint64 n;

  return llm_wire_number (object, name, &n) ? n : 0;
}

static void
read_usage (OpenaiRealtimeUsage * u, JsonObject * usage)
{
  JsonObject *in = llm_wire_object (usage, "input_token_details");
  JsonObject *cached = llm_wire_object (in, "cached_tokens_details");
  JsonObject *out = llm_wire_object (usage, "output_token_details");

  u->read = count (usage, "input_tokens");
  u->read_audio = MIN (count (in, "audio_tokens"), u->read);
  u->cached = MIN (count (in, "cached_tokens"), u->read);
  u->cached_audio = MIN (count (cached, "audio_tokens"), MIN (u->cached,
          u->read_audio));
  u->written = count (usage, "output_tokens");
  u->written_audio = MIN (count (out, "audio_tokens"), u->written);
}

static void
read_response (OpenaiRealtimeEvent * event, JsonObject * response)
{
  JsonObject *details = llm_wire_object (response, "status_details");
  JsonObject *metadata = llm_wire_object (response, "metadata");
  const gchar *ask = llm_wire_string (metadata, "ask");
  guint64 number;

  g_free (event->response);
  event->response = dup_id (response, "id");
  event->status = dup_id (response, "status");
  event->code = dup_id (llm_wire_object (details, "error"), "code");
  if (!event->code)
    event->code = dup_id (llm_wire_object (details, "error"), "type");
  if (!event->code)
    event->code = dup_id (details, "reason");
  if (ask && g_ascii_string_to_unsigned (ask, 10, 1, G_MAXUINT, &number, NULL))
    event->ask = number;
  read_usage (&event->usage, llm_wire_object (response, "usage"));
}

static void
read_error (OpenaiRealtimeEvent * event, JsonObject * error)
{
  event->code = dup_id (error, "code");
  if (!event->code)
    event->code = dup_id (error, "type");
}

static void
read_event (OpenaiRealtimeEvent * event, JsonObject * root)
{
  event->type = type_of (root);
  event->item = dup_id (root, "item_id");
  event->response = dup_id (root, "response_id");
  switch (event->type) {
    case OPENAI_REALTIME_SESSION:
    case OPENAI_REALTIME_READY:
      event->expires = expiry_of (llm_wire_object (root, "session"));
      break;
    case OPENAI_REALTIME_STARTED:
      event->time = time_of (root, "audio_start_ms");
      break;
    case OPENAI_REALTIME_STOPPED:
      event->time = time_of (root, "audio_end_ms");
      break;
    case OPENAI_REALTIME_WORDS:
      set_text (event, llm_wire_string (root, "delta"), LLM_WIRE_MAX_TEXT);
      break;
    case OPENAI_REALTIME_HEARD:
      set_text (event, llm_wire_string (root, "transcript"), LLM_WIRE_MAX_TEXT);
      break;
    case OPENAI_REALTIME_AUDIO:
      read_audio (event, root);
      break;
    case OPENAI_REALTIME_ITEM:
    case OPENAI_REALTIME_CALL:
      g_free (event->item);
      read_item (event, llm_wire_object (root, "item"));
      break;
    case OPENAI_REALTIME_CREATED:
    case OPENAI_REALTIME_DONE:
      read_response (event, llm_wire_object (root, "response"));
      break;
    case OPENAI_REALTIME_UNHEARD:
    case OPENAI_REALTIME_ERROR:
      read_error (event, llm_wire_object (root, "error"));
      break;
    case OPENAI_REALTIME_COMMITTED:
    case OPENAI_REALTIME_OTHER:
      break;
  }
}

/**
 * openai_realtime_event_parse:
 * @text: a message of the service
 * @size: of it
 *
 * Returns: (transfer full) (nullable): what it says, %NULL if it is no JSON
 *   object
 */
OpenaiRealtimeEvent *
openai_realtime_event_parse (const gchar * text, gsize size)
{
  JsonNode *root = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      LLM_WIRE_MAX_DEPTH, NULL);
  OpenaiRealtimeEvent *event = NULL;

  if (root && JSON_NODE_HOLDS_OBJECT (root)) {
    event = g_new0 (OpenaiRealtimeEvent, 1);
    event->text = g_strdup ("");
    event->time = -1;
    read_event (event, json_node_get_object (root));
  }
  g_clear_pointer (&root, json_node_unref);
  return event;
}

/**
 * openai_realtime_event_free:
 * @event: (transfer full): an event
 */
void
openai_realtime_event_free (OpenaiRealtimeEvent * event)
{
  g_free (event->text);
  g_free (event->item);
  g_free (event->response);
  g_free (event->call);
  g_free (event->name);
  g_free (event->code);
  g_free (event->status);
  g_clear_pointer (&event->audio, g_bytes_unref);
  g_free (event);
}

/**
 * openai_realtime_error:
 * @code: (nullable): what the service calls it
 * @usual: what it is taken for if that is unknown
 *
 * Returns: what it means
 */
GstVoiceError
openai_realtime_error (const gchar * code, GstVoiceError usual)
{
  static const struct
  {
    const gchar *code;
    GstVoiceError error;
  } rows[] = {
    {"invalid_api_key", GST_VOICE_ERROR_AUTH},
    {"account_deactivated", GST_VOICE_ERROR_AUTH},
    {"insufficient_quota", GST_VOICE_ERROR_QUOTA},
    {"billing_hard_limit_reached", GST_VOICE_ERROR_QUOTA},
    {"rate_limit_exceeded", GST_VOICE_ERROR_RATE_LIMITED},
    {"inference_rate_limit_exceeded", GST_VOICE_ERROR_RATE_LIMITED},
    {"content_filter", GST_VOICE_ERROR_BAD_REQUEST},
    {"context_length_exceeded", GST_VOICE_ERROR_BAD_REQUEST},
    {"model_not_found", GST_VOICE_ERROR_UNSUPPORTED},
    {"server_error", GST_VOICE_ERROR_SERVER},
    {"session_expired", GST_VOICE_ERROR_DISCONNECTED},
  };

  for (guint i = 0; code && i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (code, rows[i].code) == 0)
      return rows[i].error;
  }
  return usual;
}
