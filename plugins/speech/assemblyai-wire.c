/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * AssemblyAI's `/v3/ws`: the query string that sets a session up, the messages
 * that come back, and what it means when it hangs up. What is unknown in them
 * is ignored, what is missing has a value that says so, and what makes no sense
 * is missing.
 *
 * Threads: any. Locks: none.
 */
#include "assemblyai-wire.h"

#include <gst-voice/json.h>
#include <string.h>

/* More or longer ones are refused. */
#define MAX_TERMS 100
#define MAX_TERM 50
#define MAX_TURN 1000000
/* The end of unix time, as far as we are concerned. */
#define MAX_UNIX 1e11

static void
append_number (GString * out, const gchar * name, guint number)
{
  gchar *value = g_strdup_printf ("%u", number);

  if (number)
    speech_wire_append_query (out, name, value);
  g_free (value);
}

static gchar *
primary_language (const gchar * language)
{
  gchar *primary = language ? g_ascii_strdown (language,
      strcspn (language, "-_")) : NULL;

  if (primary && (!*primary || strcmp (primary, "multi") == 0))
    g_clear_pointer (&primary, g_free);
  return primary;
}

/* English has a model of its own; the newer ones are told the language. */
static void
append_model (GString * out, const gchar * model, const gchar * language)
{
  gchar *primary = primary_language (language);
  gchar *value;

  if (strcmp (model, "universal-streaming") != 0) {
    speech_wire_append_query (out, "speech_model", model);
    value = primary ? g_strdup_printf ("[\"%s\"]", primary) : NULL;
    if (!g_str_has_prefix (model, "universal-streaming"))
      speech_wire_append_query (out, "language_codes", value);
  } else {
    value = g_strdup_printf ("%s-%s", model, g_strcmp0 (primary, "en") == 0 ?
        "english" : "multilingual");
    speech_wire_append_query (out, "speech_model", value);
  }
  g_free (value);
  g_free (primary);
}

static guint
append_key_terms (GString * out, const gchar * list)
{
  gchar **terms = g_strsplit (list ? list : "", "|", -1);
  GString *json = g_string_new ("[");
  guint n = 0, left_out = 0;

  for (guint i = 0; terms[i]; i++) {
    const gchar *term = g_strstrip (terms[i]);

    if (!*term)
      continue;
    if (n == MAX_TERMS || g_utf8_strlen (term, -1) > MAX_TERM) {
      left_out++;
      continue;
    }
    if (n++)
      g_string_append_c (json, ',');
    gst_voice_json_append_string (json, term);
  }
  g_string_append_c (json, ']');
  if (n)
    speech_wire_append_query (out, "keyterms_prompt", json->str);
  g_string_free (json, TRUE);
  g_strfreev (terms);
  return left_out;
}

/**
 * assemblyai_path:
 * @settings: what to ask for
 * @left_out: (out): how many key terms were too many or too long
 *
 * Returns: (transfer full): path and query of a session
 */
gchar *
assemblyai_path (const AssemblyaiSettings * s, guint * left_out)
{
  GString *out = g_string_new ("/v3/ws");
  gchar threshold[G_ASCII_DTOSTR_BUF_SIZE];

  append_number (out, "sample_rate", s->rate);
  speech_wire_append_query (out, "encoding", "pcm_s16le");
  append_model (out, s->model, s->language);
  speech_wire_append_query (out, "format_turns", s->format_turns ? "true" :
      "false");
  if (s->end_of_turn_confidence >= 0)
    speech_wire_append_query (out, "end_of_turn_confidence_threshold",
        g_ascii_formatd (threshold, sizeof threshold, "%g",
            s->end_of_turn_confidence));
  append_number (out, "min_turn_silence", s->min_turn_silence);
  append_number (out, "max_turn_silence", s->max_turn_silence);
  *left_out = append_key_terms (out, s->key_terms);
  if (s->extra && *s->extra)
    g_string_append_printf (out, "&%s", s->extra + (*s->extra == '&'
            || *s->extra == '?'));
  return g_string_free (out, FALSE);
}

/* What is final of the turn, and what is not yet; the mean of their
 * confidences. */
static void
join_words (AssemblyaiMessage * message, JsonNode * words)
{
  GString *all = g_string_new (NULL);
  gdouble sum = 0;
  guint n = 0;

  for (guint i = 0; speech_wire_element (words, i); i++) {
    JsonObject *object = speech_wire_object (speech_wire_element (words, i));
    const gchar *text = speech_wire_string (object, "text");
    gdouble confidence = speech_wire_probability (object, "confidence");

    if (text && *text)
      g_string_append_printf (all, "%s%s", all->len ? " " : "", text);
    if (confidence >= 0) {
      sum += confidence;
      n++;
    }
  }
  if (n)
    message->confidence = sum / n;
  g_free (message->text);
  message->text = g_strstrip (g_string_free (all, FALSE));
}

static void
take_turn (AssemblyaiMessage * message, JsonObject * root)
{
  static const SpeechWordForm form = { "text", NULL, 1e-3 };
  JsonNode *words = speech_wire_member (root, "words");
  const gchar *transcript = speech_wire_string (root, "transcript");
  gdouble order = speech_wire_number (root, "turn_order");

  message->turn = order >= 0 && order <= MAX_TURN ? (guint) order : 0;
  message->end_of_turn = speech_wire_flag (root, "end_of_turn");
  message->formatted = speech_wire_flag (root, "turn_is_formatted");
  message->end_of_turn_confidence = speech_wire_probability (root,
      "end_of_turn_confidence");
  message->language = speech_wire_identifier (speech_wire_string (root,
          "language_code"));
  join_words (message, words);
  /* While it goes on it has the words only that are final. */
  if (transcript && *transcript && (message->end_of_turn || !*message->text)) {
    g_free (message->text);
    message->text = g_strstrip (g_strdup (transcript));
  }
  speech_wire_take_words (message->words, message->text, words, &form);
}

static void
take_text (AssemblyaiMessage * message, JsonObject * root, const gchar * name)
{
  const gchar *text = speech_wire_string (root, name);

  if (!text)
    return;
  g_free (message->text);
  message->text = g_strdup (text);
}

static void
take_begin (AssemblyaiMessage * message, JsonObject * root)
{
  gdouble expires = speech_wire_number (root, "expires_at");

  message->session = speech_wire_identifier (speech_wire_string (root, "id"));
  message->expires = expires > 0 && expires < MAX_UNIX ? (gint64) expires : 0;
}

static AssemblyaiType
type_of (JsonObject * root)
{
  static const gchar *const names[] = {
    [ASSEMBLYAI_BEGIN] = "Begin",
    [ASSEMBLYAI_TURN] = "Turn",
    [ASSEMBLYAI_TERMINATION] = "Termination",
    [ASSEMBLYAI_WARNING] = "Warning",
    [ASSEMBLYAI_ERROR] = "Error",
  };
  guint type = speech_wire_type (root, names, G_N_ELEMENTS (names));

  return !type && !speech_wire_string (root, "type")
      && speech_wire_string (root, "error") ? ASSEMBLYAI_ERROR : type;
}

/**
 * assemblyai_message_parse:
 * @text: what came
 * @size: its bytes
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): the message
 */
AssemblyaiMessage *
assemblyai_message_parse (const gchar * text, gsize size, GError ** error)
{
  JsonNode *node =
      speech_wire_parse (text, size, GST_VOICE_JSON_MAX_SIZE, error);
  JsonObject *root = speech_wire_object (node);
  AssemblyaiMessage *message;

  if (!root)
    return NULL;
  message = g_new0 (AssemblyaiMessage, 1);
  message->type = type_of (root);
  message->text = g_strdup ("");
  message->confidence = message->end_of_turn_confidence = -1;
  message->words = speech_wire_words_new ();
  if (message->type == ASSEMBLYAI_TURN)
    take_turn (message, root);
  else if (message->type == ASSEMBLYAI_BEGIN)
    take_begin (message, root);
  else if (message->type == ASSEMBLYAI_WARNING)
    take_text (message, root, "warning");
  else if (message->type == ASSEMBLYAI_ERROR)
    take_text (message, root, "error");
  json_node_unref (node);
  return message;
}

/**
 * assemblyai_message_free:
 * @message: (transfer full): a message
 */
void
assemblyai_message_free (AssemblyaiMessage * message)
{
  g_free (message->text);
  g_free (message->language);
  g_free (message->session);
  g_array_unref (message->words);
  g_free (message);
}

static gboolean
mentions (const gchar * reason, const gchar * word)
{
  gchar *lower = reason ? g_ascii_strdown (reason, -1) : NULL;
  gboolean found = lower && strstr (lower, word);

  g_free (lower);
  return found;
}

/* 1008 is said of three things. */
static GstVoiceError
policy_error (const gchar * reason, const gchar ** what)
{
  if (mentions (reason, "concurrent") || mentions (reason, "too many")) {
    *what = "has too many sessions of ours: wait, or raise the limit";
    return GST_VOICE_ERROR_RATE_LIMITED;
  }
  if (mentions (reason, "balance") || mentions (reason, "fund")) {
    *what = "wants money: top the account up";
    return GST_VOICE_ERROR_QUOTA;
  }
  *what = "refused the key: check api-key";
  return GST_VOICE_ERROR_AUTH;
}

/**
 * assemblyai_close_error:
 * @code: with which the socket was closed
 * @reason: (nullable): with it
 * @error: (out): what that means
 * @what: (out): what to say of the service
 *
 * Returns: whether the code is one of AssemblyAI's own
 */
gboolean
assemblyai_close_error (guint code, const gchar * reason,
    GstVoiceError * error, const gchar ** what)
{
  static const struct
  {
    guint code;
    GstVoiceError error;
    const gchar *what;
  } rows[] = {
    {3005, GST_VOICE_ERROR_SERVER, "failed: try again"},
    {3006, GST_VOICE_ERROR_BAD_REQUEST,
        "did not understand a message or setting: check extra and model"},
    {3007, GST_VOICE_ERROR_BAD_REQUEST,
        "wants sound in real time: put clocksync before a file"},
    {3008, GST_VOICE_ERROR_DISCONNECTED, "ended the session: begin another"},
    {3009, GST_VOICE_ERROR_RATE_LIMITED,
        "has too many sessions of ours: wait, or raise the limit"},
    {1013, GST_VOICE_ERROR_SERVER, "is too busy: try again later"},
    {4001, GST_VOICE_ERROR_AUTH, "refused the key: check api-key"},
    {4002, GST_VOICE_ERROR_QUOTA, "wants money: top the account up"},
    {4008, GST_VOICE_ERROR_DISCONNECTED, "ended the session: begin another"},
    {4029, GST_VOICE_ERROR_BAD_REQUEST,
        "wants sound in real time: put clocksync before a file"},
    {4031, GST_VOICE_ERROR_DISCONNECTED, "ended the session: begin another"},
  };

  if (code == 1008) {
    *error = policy_error (reason, what);
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].code == code) {
      *error = rows[i].error;
      *what = rows[i].what;
      return TRUE;
    }
  }
  return FALSE;
}
