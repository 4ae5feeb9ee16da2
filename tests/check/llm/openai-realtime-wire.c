/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenAI's realtime sessions as JSON: what is sent, in both forms, and what
 * comes, by both names.
 */
#include "openai-realtime-wire.h"

#include <gst-voice/json.h>
#include <string.h>

/* An apostrophe stands for a quotation mark. */
static JsonNode *
parse (const gchar * text)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);

  g_assert_no_error (error);
  g_free (json);
  return node;
}

/* Takes @json. */
static void
assert_is (gchar * json, const gchar * expected)
{
  JsonNode *is = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE, 64,
      NULL);
  JsonNode *wanted = parse (expected);

  if (!is || !gst_voice_json_equal (is, wanted))
    g_error ("it is %s", json);
  json_node_unref (is);
  json_node_unref (wanted);
  g_free (json);
}

static const OpenaiRealtimeSettings plain = {
  .instructions = "Be brief.",.voice = "marin",.language = "en-GB",
  .transcription = "w",.turns = OPENAI_REALTIME_SERVER_VAD,.threshold = 0.5,
  .prefix = 300,.silence = 500,.interrupts = TRUE,.temperature = 0.7,.speed = 1,
};

#define VAD "{'type': 'server_vad', 'threshold': 0.5, " \
    "'prefix_padding_ms': 300, 'silence_duration_ms': 500, " \
    "'create_response': true, 'interrupt_response': true}"
#define PCM "{'type': 'audio/pcm', 'rate': 24000}"

static void
the_session_is_asked_for (void)
{
  OpenaiRealtimeSettings s = plain;
  JsonNode *tools = parse ("[{'name': 'f', 'description': 'd', 'parameters': "
      "{'type': 'object'}, 'access': 'read'}]");
  JsonNode *extra = parse ("{'truncation': 'disabled', 'tool_choice': null}");

  assert_is (openai_realtime_session (&s), "{'type': 'session.update', "
      "'session': {'type': 'realtime', 'output_modalities': ['audio'], "
      "'instructions': 'Be brief.', 'tools': [], 'audio': {'input': {"
      "'format': " PCM ", 'transcription': {'model': 'w', 'language': 'en'}, "
      "'turn_detection': " VAD "}, 'output': {'format': " PCM ", 'voice': "
      "'marin'}}}}");
  s.beta = TRUE;
  s.max_tokens = 100;
  s.turns = OPENAI_REALTIME_OWN_TURNS;
  s.transcription = "";
  s.tools = json_node_get_array (tools);
  s.tool_choice = "auto";
  s.extra = json_node_get_object (extra);
  assert_is (openai_realtime_session (&s), "{'type': 'session.update', "
      "'session': {'modalities': ['audio', 'text'], 'input_audio_format': "
      "'pcm16', 'output_audio_format': 'pcm16', 'input_audio_transcription': "
      "null, 'turn_detection': null, 'voice': 'marin', 'temperature': 0.7, "
      "'max_response_output_tokens': 100, 'instructions': 'Be brief.', "
      "'tools': [{'type': 'function', 'name': 'f', 'description': 'd', "
      "'parameters': {'type': 'object'}}], 'truncation': 'disabled'}}");
  json_node_unref (tools);
  json_node_unref (extra);
}

static void
the_other_events_are_written (void)
{
  static const gint16 samples[] = { 1, -1 };

  assert_is (openai_realtime_append (samples, 2),
      "{'type': 'input_audio_buffer.append', 'audio': 'AQD//w=='}");
  assert_is (openai_realtime_respond (7, "Say it.", TRUE),
      "{'type': 'response.create', 'response': {'metadata': {'ask': '7'}, "
      "'instructions': 'Say it.', 'tool_choice': 'none'}}");
  assert_is (openai_realtime_respond (8, NULL, FALSE),
      "{'type': 'response.create', 'response': {'metadata': {'ask': '8'}}}");
  assert_is (openai_realtime_cancel ("r"),
      "{'type': 'response.cancel', 'response_id': 'r'}");
  assert_is (openai_realtime_truncate ("i", 1200),
      "{'type': 'conversation.item.truncate', 'item_id': 'i', "
      "'content_index': 0, 'audio_end_ms': 1200}");
  assert_is (openai_realtime_delete ("i"),
      "{'type': 'conversation.item.delete', 'item_id': 'i'}");
  assert_is (openai_realtime_result ("c", "{}"),
      "{'type': 'conversation.item.create', 'item': {'type': "
      "'function_call_output', 'call_id': 'c', 'output': '{}'}}");
}

static void
the_conversation_is_told (void)
{
  JsonNode *node = parse ("[{'role': 'user', 'content': 'Hi'}, {'role': "
      "'assistant', 'content': 'Hel', 'interrupted': true, 'tool_calls': "
      "[{'id': 'c', 'name': 'f', 'arguments': {'a': 1}}]}, {'role': 'tool', "
      "'id': 'c', 'name': 'f', 'content': {'b': 2}}, 7, {'role': 'system', "
      "'content': ''}]");
  GPtrArray *events = openai_realtime_history (json_node_get_array (node),
      FALSE);
  static const gchar *const expected[] = {
    "{'type': 'message', 'role': 'user', 'content': [{'type': 'input_text', "
        "'text': 'Hi'}]}",
    "{'type': 'message', 'role': 'assistant', 'content': [{'type': "
        "'output_text', 'text': 'Hel'}]}",
    "{'type': 'function_call', 'call_id': 'c', 'name': 'f', 'arguments': "
        "'{\\'a\\':1}'}",
    "{'type': 'function_call_output', 'call_id': 'c', 'output': "
        "'{\\'b\\':2}'}",
  };

  g_assert_cmpuint (events->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < events->len; i++) {
    gchar *event = g_strdup_printf ("{'type': 'conversation.item.create', "
        "'item': %s}", expected[i]);

    assert_is (g_strdup (g_ptr_array_index (events, i)), event);
    g_free (event);
  }
  g_ptr_array_unref (events);
  json_node_unref (node);
}

static OpenaiRealtimeEvent *
read_event (const gchar * text)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  OpenaiRealtimeEvent *event = openai_realtime_event_parse (json,
      strlen (json));

  g_assert_nonnull (event);
  g_free (json);
  return event;
}

static void
what_comes_is_understood_by_both_names (void)
{
  static const gchar *const words[] = {
    "response.output_audio_transcript.delta", "response.audio_transcript.delta"
  };
  static const gchar *const sounds[] = {
    "response.output_audio.delta", "response.audio.delta"
  };

  for (guint i = 0; i < 2; i++) {
    gchar *text = g_strdup_printf ("{'type': '%s', 'response_id': 'r', "
        "'item_id': 'i', 'delta': 'One '}", words[i]);
    OpenaiRealtimeEvent *e = read_event (text);

    g_assert_cmpint (e->type, ==, OPENAI_REALTIME_WORDS);
    g_assert_cmpstr (e->text, ==, "One ");
    g_assert_cmpstr (e->response, ==, "r");
    openai_realtime_event_free (e);
    g_free (text);
    text = g_strdup_printf ("{'type': '%s', 'item_id': 'i', 'delta': "
        "'AQD//w=='}", sounds[i]);
    e = read_event (text);
    g_assert_cmpint (e->type, ==, OPENAI_REALTIME_AUDIO);
    g_assert_cmpuint (g_bytes_get_size (e->audio), ==, 4);
    openai_realtime_event_free (e);
    g_free (text);
  }
}

static void
an_answer_is_understood (void)
{
  OpenaiRealtimeEvent *e = read_event ("{'type': 'response.done', 'response': {"
      "'id': 'r', 'status': 'failed', 'status_details': {'type': 'failed', "
      "'error': {'code': 'insufficient_quota'}}, 'metadata': {'ask': '12'}, "
      "'usage': {'input_tokens': 50, 'output_tokens': 30, "
      "'input_token_details': {'audio_tokens': 40, 'cached_tokens': 20, "
      "'cached_tokens_details': {'audio_tokens': 90}}, "
      "'output_token_details': {'audio_tokens': 25}}}}");

  g_assert_cmpint (e->type, ==, OPENAI_REALTIME_DONE);
  g_assert_cmpuint (e->ask, ==, 12);
  g_assert_cmpstr (e->status, ==, "failed");
  g_assert_cmpint (openai_realtime_error (e->code, GST_VOICE_ERROR_SERVER), ==,
      GST_VOICE_ERROR_QUOTA);
  g_assert_cmpuint (e->usage.read, ==, 50);
  g_assert_cmpuint (e->usage.read_audio, ==, 40);
  g_assert_cmpuint (e->usage.cached, ==, 20);
  g_assert_cmpuint (e->usage.cached_audio, ==, 20);
  g_assert_cmpuint (e->usage.written_audio, ==, 25);
  openai_realtime_event_free (e);
  e = read_event ("{'type': 'response.output_item.done', 'item': {'type': "
      "'function_call', 'id': 'i', 'call_id': 'c', 'name': 'f', 'arguments': "
      "'{}'}}");
  g_assert_cmpint (e->type, ==, OPENAI_REALTIME_CALL);
  g_assert_cmpstr (e->call, ==, "c");
  g_assert_cmpstr (e->name, ==, "f");
  g_assert_cmpstr (e->text, ==, "{}");
  openai_realtime_event_free (e);
}

static void
what_is_wrong_is_as_if_it_were_not_there (void)
{
  static const gchar *const texts[] = {
    "{}", "{'type': 7}", "{'type': 'mcp_list_tools.completed'}",
    "{'type': 'response.output_item.done', 'item': {'type': 'message'}}",
    "{'type': 'response.output_item.done', 'item': {'type': "
        "'function_call', 'call_id': 'c'}}",
    "{'type': 'response.output_item.added', 'item': 'x'}",
  };
  OpenaiRealtimeEvent *e;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    e = read_event (texts[i]);
    g_assert_cmpint (e->type, ==, OPENAI_REALTIME_OTHER);
    openai_realtime_event_free (e);
  }
  e = read_event
      ("{'type': 'input_audio_buffer.speech_started', 'audio_start_ms': "
      "-5, 'item_id': []}");
  g_assert_cmpint (e->time, ==, -1);
  g_assert_null (e->item);
  openai_realtime_event_free (e);
  e = read_event
      ("{'type': 'response.created', 'response': {'metadata': {'ask': "
      "'99999999999999999999'}}}");
  g_assert_cmpuint (e->ask, ==, 0);
  openai_realtime_event_free (e);
  g_assert_null (openai_realtime_event_parse ("[]", 2));
  g_assert_null (openai_realtime_event_parse ("{", 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/openai-realtime-wire/session", the_session_is_asked_for);
  g_test_add_func ("/openai-realtime-wire/events",
      the_other_events_are_written);
  g_test_add_func ("/openai-realtime-wire/history", the_conversation_is_told);
  g_test_add_func ("/openai-realtime-wire/names",
      what_comes_is_understood_by_both_names);
  g_test_add_func ("/openai-realtime-wire/answer", an_answer_is_understood);
  g_test_add_func ("/openai-realtime-wire/wrong",
      what_is_wrong_is_as_if_it_were_not_there);
  return g_test_run ();
}
