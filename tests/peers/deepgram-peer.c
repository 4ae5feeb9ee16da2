/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for Deepgram: /v1/listen and /v1/speak over sockets. It hangs up
 * with NET-0001 when for ten seconds neither sound nor KeepAlive comes.
 *
 * Threads: the peer's.
 */
#include "provider-ear.h"
#include "provider-json.h"
#include "provider-protocol.h"
#include "provider-voice.h"

#include <string.h>

#define IDLE_MS 10000
#define SPEECH 1                /* the mark of what Clear drops */

typedef struct
{
  ProviderEar *ear;
  guint utterance_end_ms;       /* 0: not asked for */
  gboolean interim, vad_events, endpointing;
  gboolean finalizing;
  gboolean closing;
  gboolean ended;               /* words whose UtteranceEnd is to come */
  guint last_end;
  guint spoken;                 /* until here all is final */
} Listen;

typedef struct
{
  GString *text;
  ProviderVoiceFormat format;
  guint rate;
  guint sequence;
} Speak;

static const gchar *
key (ProviderExchange * x)
{
  const gchar *token = provider_key_behind (x, "authorization", "Token ");

  return token ? token : provider_key_behind (x, "authorization", "Bearer ");
}

static const gchar *
request_id (ProviderExchange * x)
{
  return provider_keep (x, g_strdup_printf ("r-%u", provider_number (x)));
}

static void
refuse_with (ProviderExchange * x, guint status, const gchar * code,
    const gchar * text)
{
  provider_respond (x, "dg-error", text);
  provider_refuse (x, status, "{'err_code':'%s','err_msg':'%s',"
      "'request_id':'%s'}", code, text, request_id (x));
}

static void
refuse (ProviderExchange * x, guint status)
{
  const gchar *code = status == 401 ? "INVALID_AUTH" : status == 403 ?
      "INSUFFICIENT_PERMISSIONS" : status == 429 ? "TOO_MANY_REQUESTS" :
      "INTERNAL_SERVER_ERROR";

  refuse_with (x, status, code, status == 401 ? "Invalid credentials." :
      status == 429 ? "Too many requests. Please try again later" : "Refused.");
}

static gboolean
is_true (ProviderExchange * x, const gchar * name)
{
  return !g_strcmp0 (provider_query (x, name), "true");
}

static gboolean
serves_listen (const ProviderRequest * request)
{
  return request->socket && g_str_has_suffix (request->path, "/v1/listen");
}

static void
check_listen (ProviderExchange * x)
{
  const gchar *model = provider_query (x, "model");
  const gchar *encoding = provider_query (x, "encoding");

  if (model && g_str_has_prefix (model, "nova-3")
      && provider_query (x, "keywords"))
    refuse_with (x, 400, "INVALID_QUERY_PARAMETER",
        "Keywords are not supported for nova-3: use keyterm.");
  else if (!encoding || !provider_query (x, "sample_rate")
      || (strcmp (encoding, "linear16") && strcmp (encoding, "mulaw")))
    refuse_with (x, 400, "INVALID_QUERY_PARAMETER",
        "The stand-in hears linear16 and mulaw, with a sample_rate.");
}

static void
starved (ProviderExchange * x)
{
  provider_close (x, 1011, "Deepgram did not receive audio data or a text"
      " message within the timeout window. See https://dpgr.am/net0001");
}

static void
watch (ProviderExchange * x)
{
  provider_alarm (x, provider_idle_ms (x, IDLE_MS), starved);
}

static const gchar *
words_of (ProviderExchange * x, const ProviderHearing * hearing)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < hearing->words->len; i++) {
    const gchar *word = hearing->words->pdata[i];
    gchar *bare = g_utf8_strdown (word, strcspn (word, ".,!?"));

    g_string_append_printf (words, "%s{\"word\":%s,\"punctuated_word\":%s,"
        "\"start\":%s,\"end\":%s,\"confidence\":0.98}", i ? "," : "",
        provider_quote (x, bare), provider_quote (x, word),
        provider_seconds (x, provider_hearing_start (hearing, i)),
        provider_seconds (x, provider_hearing_start (hearing, i + 1)));
    g_free (bare);
  }
  return provider_keep (x, g_string_free (words, FALSE));
}

static void
say_results (ProviderExchange * x, const ProviderHearing * hearing,
    gboolean final)
{
  Listen *listen = provider_state (x);
  guint end = hearing ? hearing->end : provider_ear_ms (listen->ear);
  gchar *text = hearing ? provider_hearing_text (hearing) : g_strdup ("");

  end = MAX (end, listen->spoken);
  provider_say (x, "{'type':'Results','channel_index':[0,1],'start':%s,"
      "'duration':%s,'is_final':%s,'speech_final':%s,%s'channel':{"
      "'alternatives':[{'transcript':%s,'confidence':0.98,'words':[%s]}]},"
      "'metadata':{'request_id':'%s','model_uuid':'m','model_info':{"
      "'name':'stand-in','version':'1','arch':'nova-3'}},'new_member':1}",
      provider_seconds (x, listen->spoken),
      provider_seconds (x, end - listen->spoken), final ? "true" : "false",
      final && hearing && listen->endpointing && !listen->closing
      && !listen->finalizing ? "true" : "false", final
      && listen->finalizing ? "\"from_finalize\":true," : "",
      provider_quote (x, text), hearing ? words_of (x, hearing) : "",
      request_id (x));
  if (final)
    listen->spoken = end;
  g_free (text);
}

static void
heard (gpointer data, ProviderEarEvent event, const ProviderHearing * hearing)
{
  ProviderExchange *x = data;
  Listen *listen = provider_state (x);

  if (event == EAR_STARTED && listen->vad_events)
    provider_say (x, "{'type':'SpeechStarted','channel':[0,1],"
        "'timestamp':%s}", provider_seconds (x, hearing->start));
  if (event == EAR_MORE && listen->interim)
    say_results (x, hearing, FALSE);
  if (event == EAR_ENDED) {
    say_results (x, hearing, TRUE);
    listen->ended = TRUE;
    listen->last_end = hearing->end;
  } else {
    listen->ended = FALSE;
  }
}

static void
begin_listen (ProviderExchange * x)
{
  Listen *listen = provider_state (x);
  const gchar *endpointing = provider_query (x, "endpointing");

  listen->interim = is_true (x, "interim_results");
  listen->vad_events = is_true (x, "vad_events");
  listen->utterance_end_ms = provider_query_number (x, "utterance_end_ms", 0);
  listen->endpointing = g_strcmp0 (endpointing, "false") != 0;
  /* The service's 10 ms would end a text between two syllables. */
  listen->ear = provider_ear_new (provider_mind (x),
      strcmp (provider_query (x, "encoding"), "mulaw") ? SOUND_S16 :
      SOUND_MULAW, provider_query_number (x, "sample_rate", 16000),
      MAX (provider_query_number (x, "endpointing", 10), 200), heard, x);
  watch (x);
}

static void
close_stream (ProviderExchange * x)
{
  Listen *listen = provider_state (x);

  if (listen->closing)
    return;
  listen->closing = TRUE;
  provider_alarm (x, 0, NULL);
  provider_ear_flush (listen->ear);
  provider_say (x, "{'type':'Metadata','transaction_key':'deprecated',"
      "'request_id':'%s','sha256':'0','created':'2026-01-01T00:00:00.000Z',"
      "'duration':%s,'channels':1}", request_id (x),
      provider_seconds (x, provider_ear_ms (listen->ear)));
  provider_close (x, 1000, NULL);
}

static void
take_sound (ProviderExchange * x, const guint8 * data, gsize size)
{
  Listen *listen = provider_state (x);
  guint now;

  if (listen->closing)
    return;
  if (!size) {
    close_stream (x);
    return;
  }
  watch (x);
  provider_ear_take (listen->ear, data, size);
  now = provider_ear_ms (listen->ear);
  if (listen->ended && listen->utterance_end_ms
      && now - listen->last_end >= listen->utterance_end_ms) {
    listen->ended = FALSE;
    provider_say (x, "{'type':'UtteranceEnd','channel':[0,1],"
        "'last_word_end':%s}", provider_seconds (x, listen->last_end));
  }
}

static void
control_listen (ProviderExchange * x, JsonObject * message)
{
  Listen *listen = provider_state (x);
  const gchar *type = provider_text (message, "type", "");

  if (listen->closing)
    return;
  if (!strcmp (type, "KeepAlive")) {
    watch (x);
  } else if (!strcmp (type, "Finalize")) {
    listen->finalizing = TRUE;
    if (!provider_ear_flush (listen->ear))
      say_results (x, NULL, TRUE);
    listen->finalizing = FALSE;
  } else if (!strcmp (type, "CloseStream")) {
    close_stream (x);
  }
}

static void
over_listen (ProviderExchange * x)
{
  Listen *listen = provider_state (x);

  g_clear_pointer (&listen->ear, provider_ear_free);
}

static gboolean
serves_speak (const ProviderRequest * request)
{
  return request->socket && g_str_has_suffix (request->path, "/v1/speak");
}

static void
check_speak (ProviderExchange * x)
{
  if (provider_voice_format (provider_query (x, "encoding")) > VOICE_ALAW)
    refuse_with (x, 400, "INVALID_QUERY_PARAMETER", "No such encoding.");
}

static void
say_metadata (ProviderExchange * x)
{
  const gchar *model = provider_query (x, "model");

  provider_say (x, "{'type':'Metadata','request_id':'%s','model_name':%s,"
      "'model_version':'1','model_uuid':'m','new_member':1}", request_id (x),
      provider_quote (x, model ? model : "aura-asteria-en"));
}

static void
begin_speak (ProviderExchange * x)
{
  Speak *speak = provider_state (x);

  speak->text = g_string_new (NULL);
  speak->format = provider_voice_format (provider_query (x, "encoding"));
  speak->rate = CLAMP (provider_query_number (x, "sample_rate", 24000), 8000,
      48000);
  say_metadata (x);
  provider_mark (x, SPEECH);
}

static void
speak_all (ProviderExchange * x)
{
  Speak *speak = provider_state (x);
  GPtrArray *words = provider_words (speak->text->str);

  for (guint i = 0; i < words->len; i++) {
    GBytes *tone = provider_voice_word (words->pdata[i], speak->format,
        speak->rate);

    provider_send (x, g_bytes_get_data (tone, NULL), g_bytes_get_size (tone));
    g_bytes_unref (tone);
  }
  g_string_truncate (speak->text, 0);
  g_ptr_array_unref (words);
}

static void
control_speak (ProviderExchange * x, JsonObject * message)
{
  Speak *speak = provider_state (x);
  const gchar *type = provider_text (message, "type", "");

  if (!strcmp (type, "Speak")) {
    g_string_append (speak->text, provider_text (message, "text", ""));
  } else if (!strcmp (type, "Flush")) {
    speak_all (x);
    provider_say (x, "{'type':'Flushed','sequence_id':%u}", speak->sequence++);
  } else if (!strcmp (type, "Clear")) {
    g_string_truncate (speak->text, 0);
    provider_drop (x, SPEECH);
    provider_mark (x, 0);
    provider_say (x, "{'type':'Cleared','sequence_id':%u}", speak->sequence++);
    provider_mark (x, SPEECH);
  } else if (!strcmp (type, "Close")) {
    speak_all (x);
    say_metadata (x);
    provider_close (x, 1000, NULL);
  } else {
    provider_say (x, "{'type':'Error','description':'no such message',"
        "'code':'MESSAGE-0000'}");
    provider_close (x, 1008, "MESSAGE-0000");
  }
}

static void
over_speak (ProviderExchange * x)
{
  Speak *speak = provider_state (x);

  if (speak->text)
    g_string_free (speak->text, TRUE);
}

const ProviderProtocol deepgram_listen_protocol = {
  .name = "deepgram-listen",
  .size = sizeof (Listen),
  .request_id = "dg-request-id",
  .serves = serves_listen,
  .key = key,
  .check = check_listen,
  .begin = begin_listen,
  .text = control_listen,
  .binary = take_sound,
  .over = over_listen,
  .refuse = refuse,
};

const ProviderProtocol deepgram_speak_protocol = {
  .name = "deepgram-speak",
  .size = sizeof (Speak),
  .request_id = "dg-request-id",
  .serves = serves_speak,
  .key = key,
  .check = check_speak,
  .begin = begin_speak,
  .text = control_speak,
  .over = over_speak,
  .refuse = refuse,
};
