/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for AssemblyAI's streaming, /v3/ws. Without format_turns a text has
 * neither capitals nor punctuation; with it a turn ends twice. It hangs up with
 * 3007 when a message is not of 50 to 1000 ms, and with 3008 so long after its
 * beginning as it may be idle, if that is set.
 *
 * Threads: the peer's.
 */
#include "provider-ear.h"
#include "provider-json.h"
#include "provider-protocol.h"

#include <string.h>

typedef struct
{
  ProviderEar *ear;
  gsize bytes_per_ms;
  gboolean format, pro, closing;
  guint turn;
} Assembly;

static gboolean
serves (const ProviderRequest * request)
{
  return request->socket && g_str_has_suffix (request->path, "/v3/ws");
}

static const gchar *
key (ProviderExchange * x)
{
  const gchar *found = provider_header (x, "authorization");

  /* The key stands there without a scheme. */
  if (found && strchr (found, ' '))
    return NULL;
  return found ? found : provider_query (x, "token");
}

static void
fail (ProviderExchange * x, guint code, const gchar * message)
{
  Assembly *assembly = provider_state (x);

  provider_say (x, "{'type':'Error','error_code':%u,'error':'%s'}", code,
      message);
  provider_close (x, code, message);
  assembly->closing = TRUE;
}

static void
refuse (ProviderExchange * x, guint status)
{
  guint code = status >= 500 ? 3005 : 1008;
  const gchar *message = status == 401 ? "Unauthorized Connection: Missing "
      "Authorization header or invalid key" : status == 403 ?
      "Insufficient balance" : status == 429 ? "Too many concurrent sessions" :
      "Server error";

  if (provider_is_open (x))
    fail (x, code, message);
  else
    provider_refuse (x, status, "{'error':'%s'}", message);
}

static gchar *
plain (const gchar * text)
{
  gchar *lower = g_utf8_strdown (text, -1), *to = lower;

  for (const gchar * from = lower; *from; from++) {
    if (!strchr (".,!?", *from))
      *to++ = *from;
  }
  *to = 0;
  return lower;
}

static void
say_turn (ProviderExchange * x, const ProviderHearing * hearing, gboolean end,
    gboolean formatted)
{
  Assembly *assembly = provider_state (x);
  GString *words = g_string_new (NULL), *transcript = g_string_new (NULL);
  guint n = hearing->words->len;

  for (guint i = 0; i < n; i++) {
    const gchar *word = hearing->words->pdata[i];
    gchar *shown = formatted ? g_strdup (word) : plain (word);
    gboolean final = end || (i + 1 < n && !assembly->pro);

    g_string_append_printf (words, "%s{\"text\":%s,\"start\":%u,\"end\":%u,"
        "\"confidence\":0.9,\"word_is_final\":%s}", i ? "," : "",
        provider_quote (x, shown), provider_hearing_start (hearing, i),
        provider_hearing_start (hearing, i + 1), final ? "true" : "false");
    if (final)
      g_string_append_printf (transcript, "%s%s", transcript->len ? " " : "",
          shown);
    g_free (shown);
  }
  provider_say (x, "{'type':'Turn','turn_order':%u,'turn_is_formatted':%s,"
      "'end_of_turn':%s,'transcript':%s,'utterance':%s,"
      "'end_of_turn_confidence':%s,'words':[%s],'new_member':{}}",
      assembly->turn, formatted ? "true" : "false", end ? "true" : "false",
      provider_quote (x, transcript->str), provider_quote (x, end ?
          transcript->str : ""), end ? "0.9" : "0.1", words->str);
  g_string_free (words, TRUE);
  g_string_free (transcript, TRUE);
}

static void
heard (gpointer data, ProviderEarEvent event, const ProviderHearing * hearing)
{
  ProviderExchange *x = data;
  Assembly *assembly = provider_state (x);

  if (event == EAR_STARTED) {
    if (assembly->pro)
      provider_say (x, "{'type':'SpeechStarted','timestamp':%u,"
          "'confidence':0.9}", hearing->start);
    return;
  }
  if (event == EAR_MORE) {
    say_turn (x, hearing, FALSE, assembly->pro);
    return;
  }
  if (!assembly->pro)
    say_turn (x, hearing, TRUE, FALSE);
  if (assembly->pro || assembly->format)
    say_turn (x, hearing, TRUE, TRUE);
  assembly->turn++;
}

static void
expire (ProviderExchange * x)
{
  fail (x, 3008, "Session expired");
}

static void
begin (ProviderExchange * x)
{
  Assembly *assembly = provider_state (x);
  const gchar *encoding = provider_query (x, "encoding");
  const gchar *model = provider_query (x, "speech_model");
  const gchar *format = provider_query (x, "format_turns");
  gboolean mulaw = !g_strcmp0 (encoding, "pcm_mulaw");
  guint rate = provider_query_number (x, "sample_rate", 16000);
  guint silence;

  assembly->pro = model && (g_str_has_prefix (model, "u3")
      || g_str_has_prefix (model, "universal-3"));
  /* Its own SDK says "True". */
  assembly->format = format && !g_ascii_strcasecmp (format, "true");
  silence = provider_query_number (x, "min_turn_silence",
      provider_query_number (x, "min_end_of_turn_silence_when_confident",
          assembly->pro ? 100 : 400));
  if (rate < 8000 || rate > 48000 || (encoding && !mulaw
          && strcmp (encoding, "pcm_s16le"))) {
    fail (x, 3006, "the stand-in hears pcm_s16le and pcm_mulaw");
    return;
  }
  if (provider_idle_ms (x, 0))
    provider_alarm (x, provider_idle_ms (x, 0), expire);
  assembly->bytes_per_ms = rate * (mulaw ? 1 : 2) / 1000;
  assembly->ear = provider_ear_new (provider_mind (x), mulaw ? SOUND_MULAW :
      SOUND_S16, rate, MAX (silence, 100), heard, x);
  provider_say (x, "{'type':'Begin','id':'session-%u','expires_at':4102444800,"
      "'configuration':{'model':%s}}", provider_number (x),
      provider_quote (x, model ? model : "universal-streaming-english"));
}

static void
take_sound (ProviderExchange * x, const guint8 * data, gsize size)
{
  Assembly *assembly = provider_state (x);

  if (assembly->closing)
    return;
  if (size < 50 * assembly->bytes_per_ms
      || size > 1000 * assembly->bytes_per_ms)
    fail (x, 3007, "Input duration violation: should be 50 to 1000 ms");
  else
    provider_ear_take (assembly->ear, data, size);
}

static void
terminate (ProviderExchange * x)
{
  Assembly *assembly = provider_state (x);
  guint seconds = (provider_ear_ms (assembly->ear) + 999) / 1000;

  provider_ear_flush (assembly->ear);
  provider_say (x, "{'type':'Termination','audio_duration_seconds':%u,"
      "'session_duration_seconds':%u}", seconds, seconds);
  provider_close (x, 1000, NULL);
  assembly->closing = TRUE;
}

static void
text (ProviderExchange * x, JsonObject * message)
{
  Assembly *assembly = provider_state (x);
  const gchar *type = provider_text (message, "type", "");

  if (assembly->closing)
    return;
  if (!strcmp (type, "Terminate"))
    terminate (x);
  else if (!strcmp (type, "ForceEndpoint"))
    provider_ear_flush (assembly->ear);
  else if (strcmp (type, "KeepAlive") && strcmp (type, "UpdateConfiguration"))
    fail (x, 3006, "Invalid message type");
}

static void
over (ProviderExchange * x)
{
  Assembly *assembly = provider_state (x);

  g_clear_pointer (&assembly->ear, provider_ear_free);
}

const ProviderProtocol assemblyai_protocol = {
  .name = "assemblyai",
  .size = sizeof (Assembly),
  .refuses_open = TRUE,
  .serves = serves,
  .key = key,
  .begin = begin,
  .text = text,
  .binary = take_sound,
  .over = over,
  .refuse = refuse,
};
