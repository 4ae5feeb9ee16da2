/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The conversation: what the model is shown after interruptions, merges,
 * withdrawn turns and tool calls.
 */
#include <gst-voice/chat.h>

/* The conversation in one line: "u:text a:text a~:interrupted s:note" and
 * "c:id" for a call, "r:id=result". */
static void
assert_shown (JsonArray * array, const gchar * expected)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *o = json_array_get_object_element (array, i);
    const gchar *role = json_object_get_string_member (o, "role");

    if (g_str_equal (role, "tool")) {
      gchar *text = json_to_string (json_object_get_member (o, "content"),
          FALSE);

      g_string_append_printf (out, "r:%s=%s ",
          json_object_get_string_member (o, "id"), text);
      g_free (text);
      continue;
    }
    g_string_append_printf (out, "%c%s:%s ", role[0],
        json_object_has_member (o, "interrupted") ? "~" : "",
        json_object_get_string_member (o, "content"));
    if (json_object_has_member (o, "tool_calls")) {
      JsonArray *calls = json_object_get_array_member (o, "tool_calls");

      for (guint k = 0; k < json_array_get_length (calls); k++)
        g_string_append_printf (out, "c:%s ",
            json_object_get_string_member (json_array_get_object_element (calls,
                    k), "id"));
    }
  }
  g_assert_cmpstr (g_strchomp (out->str), ==, expected);
  g_string_free (out, TRUE);
  json_array_unref (array);
}

static void
plain_exchange (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_said (chat, 1, "Hello!");
  assert_shown (gst_voice_chat_render (chat), "");
  gst_voice_chat_playing (chat, 1);
  gst_voice_chat_heard (chat, 1, "Hello!", TRUE);
  gst_voice_chat_user (chat, 1, "Hi.", 0);
  gst_voice_chat_reply (chat, 2, 1, 0);
  gst_voice_chat_append (chat, 2, "How can ");
  gst_voice_chat_append (chat, 2, "I help?");
  assert_shown (gst_voice_chat_render (chat),
      "a:Hello! u:Hi. a:How can I help?");
  gst_voice_chat_free (chat);
}

static void
only_what_was_heard (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "When?", 0);
  gst_voice_chat_reply (chat, 1, 1, 0);
  gst_voice_chat_append (chat, 1, "Monday or Tuesday.");
  gst_voice_chat_heard (chat, 1, "Monday", FALSE);
  /* A late token of the interrupted reply must not come back. */
  gst_voice_chat_append (chat, 1, " Or never.");
  assert_shown (gst_voice_chat_render (chat), "u:When? a~:Monday");

  gst_voice_chat_user (chat, 2, "No.", 0);
  gst_voice_chat_reply (chat, 2, 2, 0);
  gst_voice_chat_append (chat, 2, "Then");
  gst_voice_chat_heard (chat, 2, "", FALSE);
  assert_shown (gst_voice_chat_render (chat), "u:When? a~:Monday u:No.");
  gst_voice_chat_free (chat);
}

/* A turn that merges the last one replaces it, and what was answered goes. */
static void
merged_turn (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "Book Tuesday.", 0);
  gst_voice_chat_reply (chat, 1, 1, 0);
  gst_voice_chat_append (chat, 1, "Booked");
  assert_shown (gst_voice_chat_render_with (chat, 2,
          "Book Tuesday. And Friday.", 1), "u:Book Tuesday. And Friday.");
  gst_voice_chat_user (chat, 2, "Book Tuesday. And Friday.", 1);
  assert_shown (gst_voice_chat_render (chat), "u:Book Tuesday. And Friday.");
  g_assert_true (gst_voice_chat_correct (chat, 2, "Book Tuesday and Friday."));
  g_assert_false (gst_voice_chat_correct (chat, 1, "x"));
  assert_shown (gst_voice_chat_render (chat), "u:Book Tuesday and Friday.");
  gst_voice_chat_free (chat);
}

/* What was prepared for a proposed turn stands behind its words. */
static void
proposed_turn (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "Hi.", 0);
  assert_shown (gst_voice_chat_render_with (chat, 2, "Bye.", 0),
      "u:Hi. u:Bye.");
  gst_voice_chat_reply (chat, 1, 2, 0);
  gst_voice_chat_append (chat, 1, "Good");
  gst_voice_chat_user (chat, 2, "Bye.", 0);
  gst_voice_chat_append (chat, 1, "bye");
  assert_shown (gst_voice_chat_render (chat), "u:Hi. u:Bye. a:Goodbye");

  gst_voice_chat_reply (chat, 2, 3, 0);
  gst_voice_chat_append (chat, 2, "Never said");
  gst_voice_chat_forget (chat, 3);
  assert_shown (gst_voice_chat_render (chat), "u:Hi. u:Bye. a:Goodbye");
  gst_voice_chat_free (chat);
}

/* What is said without a model stands where it was heard. */
static void
said_is_placed_when_played (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_said (chat, 1, "This call is recorded.");
  gst_voice_chat_user (chat, 1, "Hello?", 0);
  gst_voice_chat_playing (chat, 1);
  gst_voice_chat_note (chat, "One minute left.");
  assert_shown (gst_voice_chat_render (chat),
      "u:Hello? a:This call is recorded. s:One minute left.");
  gst_voice_chat_free (chat);
}

static void
calls_have_one_result (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "Book it.", 0);
  gst_voice_chat_reply (chat, 1, 1, 0);
  gst_voice_chat_append (chat, 1, "One moment.");
  gst_voice_chat_call (chat, 1, "w", "book", "{}");
  gst_voice_chat_call (chat, 1, "r", "look", "{}");
  assert_shown (gst_voice_chat_render (chat),
      "u:Book it. a:One moment. c:w c:r r:w={\"status\":\"running\"} "
      "r:r={\"status\":\"running\"}");
  /* Interrupted: the read leaves no trace, the write goes on. */
  gst_voice_chat_heard (chat, 1, "One", FALSE);
  g_assert_true (gst_voice_chat_result (chat, "r", GST_VOICE_CALL_CANCELLED,
          NULL));
  gst_voice_chat_user (chat, 2, "And?", 0);
  assert_shown (gst_voice_chat_render (chat),
      "u:Book it. a~:One c:w r:w={\"status\":\"running\"} u:And?");
  g_assert_true (gst_voice_chat_result (chat, "w", GST_VOICE_CALL_DONE,
          "{\"ok\":true}"));
  g_assert_false (gst_voice_chat_result (chat, "w", GST_VOICE_CALL_DONE,
          "{\"ok\":false}"));
  g_assert_false (gst_voice_chat_result (chat, "none", GST_VOICE_CALL_DONE,
          "{}"));
  assert_shown (gst_voice_chat_render (chat),
      "u:Book it. a~:One c:w r:w={\"ok\":true} u:And?");
  gst_voice_chat_free (chat);
}

/* A reply of which nothing was heard and whose only call was cancelled. */
static void
cancelled_reply_is_gone (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "Look.", 0);
  gst_voice_chat_reply (chat, 1, 1, 0);
  gst_voice_chat_call (chat, 1, "r", "look", "not json");
  gst_voice_chat_heard (chat, 1, "", FALSE);
  assert_shown (gst_voice_chat_render (chat),
      "u:Look. a~: c:r r:r={\"status\":\"running\"}");
  gst_voice_chat_result (chat, "r", GST_VOICE_CALL_CANCELLED, NULL);
  assert_shown (gst_voice_chat_render (chat), "u:Look.");
  gst_voice_chat_free (chat);
}

/* An interruption before the first sample: nothing of it was heard. What plays
 * is left to what playout says. */
static void
cut_before_it_plays (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();

  gst_voice_chat_user (chat, 1, "Hi.", 0);
  gst_voice_chat_reply (chat, 1, 1, 0);
  gst_voice_chat_append (chat, 1, "Hello. ");
  gst_voice_chat_playing (chat, 1);
  gst_voice_chat_reply (chat, 2, 1, 0);
  gst_voice_chat_append (chat, 2, "Not yet.");
  gst_voice_chat_reply (chat, 3, 1, 1);
  gst_voice_chat_append (chat, 3, "Newer.");
  gst_voice_chat_reply (chat, 4, 1, 0);
  gst_voice_chat_append (chat, 4, "Kept.");
  gst_voice_chat_keep (chat, 4);
  gst_voice_chat_cut (chat, 1, FALSE);
  gst_voice_chat_append (chat, 2, " Late.");
  assert_shown (gst_voice_chat_render (chat),
      "u:Hi. a:Hello.  a:Newer. a:Kept.");
  gst_voice_chat_cut (chat, 1, TRUE);
  assert_shown (gst_voice_chat_render (chat), "u:Hi. a:Hello.  a:Newer.");
  gst_voice_chat_free (chat);
}

static void
assert_call_id (GstVoiceChat * chat, const gchar * wanted,
    const gchar * expected)
{
  gchar *id = gst_voice_chat_call_id (chat, wanted);

  g_assert_cmpstr (id, ==, expected);
  g_free (id);
}

static void
call_ids_are_unique (void)
{
  GstVoiceChat *chat = gst_voice_chat_new ();
  gchar *endless = g_strnfill (1000, 'x');

  assert_call_id (chat, "a", "a");
  assert_call_id (chat, "b", "b");
  assert_call_id (chat, "call-2", "call-2");
  assert_call_id (chat, "a", "call-1");
  assert_call_id (chat, "a", "call-3");
  assert_call_id (chat, endless, "call-4");
  g_free (endless);
  gst_voice_chat_free (chat);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chat/plain", plain_exchange);
  g_test_add_func ("/chat/heard", only_what_was_heard);
  g_test_add_func ("/chat/merged", merged_turn);
  g_test_add_func ("/chat/proposed", proposed_turn);
  g_test_add_func ("/chat/said", said_is_placed_when_played);
  g_test_add_func ("/chat/calls", calls_have_one_result);
  g_test_add_func ("/chat/cut", cut_before_it_plays);
  g_test_add_func ("/chat/cancelled", cancelled_reply_is_gone);
  g_test_add_func ("/chat/call-ids", call_ids_are_unique);
  return g_test_run ();
}
