/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-scriptllm
 * @title: scriptllm
 *
 * Answers from a file: what the caller may say, what is answered, which tools
 * are called. It needs no network and no key, and does all that a language
 * model does (streams, calls several tools at once, refuses, answers with
 * nothing, fails with each error code, stands still), always in the same way.
 * docs/script.md describes the file.
 *
 * The answer depends only on the script and on the conversation as it stands
 * in the session, so a turn that was withdrawn or merged into another leaves
 * no trace. Times are kept by the pipeline's clock.
 *
 * What it sends and obeys is the same for all language models: text with
 * `voice/speech` and `voice/speech-end`, `voice/tool-call`; see docs/events.md.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/os-release num-buffers=1 ! \
 *   text/x-raw,format=utf8 ! scriptllm reply='You said: ${text}' ! fdsink fd=2
 * ]|
 */
/*
 * Threads: everything happens in the stage's task, but for the properties.
 * Locks: the object lock guards the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstscriptllm.h"
#include "script-core.h"

#include <string.h>

#define DEFAULT_FIRST_TOKEN 0
#define DEFAULT_TOKEN_INTERVAL 0
#define TIMER 0

struct _GstVoiceScriptLlm
{
  GstVoiceLlm parent;

  /* object lock */
  gchar *location, *text, *reply;
  guint first_token, token_interval;    /* ms */

  /* state changes only, read by the task */
  Script *script;
  GstClockTime delay, interval;

  /* task only */
  guint request;                /* that is being answered, or 0 */
  ScriptAnswer *answer;
  const gchar *rest;            /* of its text */
  GstClockTime due;             /* when it goes on */
  guint words_in;
};

enum
{
  PROP_SCRIPT = 1,
  PROP_SCRIPT_TEXT,
  PROP_REPLY,
  PROP_FIRST_TOKEN,
  PROP_TOKEN_INTERVAL,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (GstVoiceScriptLlm, gst_voice_script_llm,
    GST_TYPE_VOICE_LLM);
GST_ELEMENT_REGISTER_DEFINE (scriptllm, "scriptllm", GST_RANK_NONE,
    GST_TYPE_VOICE_SCRIPT_LLM);

static guint
count_words (const gchar * text)
{
  guint n = 0;

  for (gsize length; *(text += strspn (text, " \t\n")); text += length, n++)
    length = strcspn (text, " \t\n");
  return n;
}

static guint
count_words_in (const GstVoiceLlmRequest * request)
{
  guint n = request->system ? count_words (request->system) : 0;

  for (guint i = 0; i < json_array_get_length (request->messages); i++) {
    JsonObject *message = json_array_get_object_element (request->messages, i);
    JsonNode *content = json_object_get_member (message, "content");
    const gchar *text = JSON_NODE_HOLDS_VALUE (content) ?
        json_node_get_string (content) : NULL;

    n += text ? count_words (text) : 0;
  }
  return n;
}

static void
forget (GstVoiceScriptLlm * self)
{
  self->request = 0;
  self->rest = NULL;
  g_clear_pointer (&self->answer, script_answer_free);
}

/* A word and the space behind it. */
static void
push_token (GstVoiceScriptLlm * self)
{
  gsize length = strspn (self->rest, " ");
  gchar *token;

  length += strcspn (self->rest + length, " ");
  length += strspn (self->rest + length, " ");
  token = g_strndup (self->rest, length);
  self->rest += length;
  gst_voice_llm_token (GST_VOICE_LLM (self), self->request, token);
  g_free (token);
}

static void
fail (GstVoiceScriptLlm * self, guint request, const ScriptAnswer * answer)
{
  GstVoiceError code = GST_VOICE_ERROR_INTERNAL;

  gst_voice_error_from_name (answer->fail, &code);
  gst_voice_llm_fail (GST_VOICE_LLM (self), request,
      g_error_new_literal (GST_VOICE_ERROR, code, answer->fail_text));
}

/* All has been said; what else is there? */
static void
finish (GstVoiceScriptLlm * self)
{
  GstVoiceLlm *llm = GST_VOICE_LLM (self);
  ScriptAnswer *answer = g_steal_pointer (&self->answer);
  guint request = self->request;

  forget (self);
  if (answer->fail) {
    fail (self, request, answer);
  } else if (!answer->stall) {
    for (guint i = 0; i < answer->calls->len; i++) {
      const ScriptCall *call = g_ptr_array_index (answer->calls, i);

      gst_voice_llm_call (llm, request, call->id, call->name, call->arguments);
    }
    if (answer->refused)
      gst_voice_llm_call (llm, request, NULL, answer->refused, "{}");
    if (answer->expect)
      gst_voice_llm_expect (llm, request, answer->expect,
          answer->expect_length);
    gst_voice_llm_done (llm, request, script_name (self->script),
        self->words_in, 0, count_words (answer->text), 0);
  }
  script_answer_free (answer);
}

/* Gives out what is due, and comes back for the rest. */
static void
go_on (GstVoiceScriptLlm * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  while (self->request && self->due <= gst_voice_stage_now (stage)) {
    if (*self->rest)
      push_token (self);
    if (*self->rest)
      self->due += self->interval;
    else
      finish (self);
  }
  gst_voice_stage_set_timer (stage, TIMER, self->request ? self->due :
      GST_CLOCK_TIME_NONE);
}

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (llm);

  forget (self);
  self->answer = script_answer (self->script, asked->messages,
      (asked->tools ? SCRIPT_TOOLS : 0) |
      (asked->unheard ? SCRIPT_UNHEARD : asked->turn ? 0 : SCRIPT_UNASKED));
  self->request = asked->id;
  self->rest = self->answer->text;
  self->words_in = count_words_in (asked);
  self->due = gst_voice_stage_now (GST_VOICE_STAGE (llm)) + self->delay;
  if (self->answer->uninterruptible)
    gst_voice_llm_set_uninterruptible (llm, asked->id);
  go_on (self);
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (llm);

  if (id != self->request)
    return;
  forget (self);
  gst_voice_stage_set_timer (GST_VOICE_STAGE (llm), TIMER, GST_CLOCK_TIME_NONE);
}

static void
timer (GstVoiceStage * stage, guint id)
{
  go_on (GST_VOICE_SCRIPT_LLM (stage));
}

static gboolean
refuse (GError ** error, const gchar * message)
{
  g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      message);
  return FALSE;
}

/* A script lies beside the description that names it. Takes @location. */
static gchar *
find_script (GstVoiceScriptLlm * self, gchar * location)
{
  GstVoicePersona *persona = gst_voice_session_get_persona
      (gst_voice_stage_session (GST_VOICE_STAGE (self)));
  gchar *folder, *path = NULL;

  if (persona && location && !g_path_is_absolute (location)) {
    folder = g_path_get_dirname (gst_voice_persona_get_pipeline (persona));
    path = g_build_filename (folder, location, NULL);
    g_free (folder);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      g_clear_pointer (&path, g_free);
  }
  g_clear_pointer (&persona, gst_voice_persona_unref);
  if (!path)
    return location;
  g_free (location);
  return path;
}

/* The script as text and what to call it in errors. */
static gboolean
read_script (gchar * location, gchar ** text, gsize * length, GError ** error)
{
  GError *why = NULL;
  gchar *message;

  if (location && *text)
    return refuse (error, "both 'script' and 'script-text' are set; set one");
  if (!location) {
    *text = *text ? *text : g_strdup ("{}");
    *length = strlen (*text);
    return TRUE;
  }
  if (g_file_get_contents (location, text, length, &why))
    return TRUE;
  message = g_strdup_printf ("cannot read the script: %s", why->message);
  refuse (error, message);
  g_free (message);
  g_error_free (why);
  return FALSE;
}

static void
warn_of_useless (GstVoiceScriptLlm * self)
{
  const gchar *const *warnings = script_warnings (self->script);

  for (; *warnings; warnings++) {
    GError *error = g_error_new_literal (GST_VOICE_ERROR,
        GST_VOICE_ERROR_BAD_REQUEST, *warnings);

    gst_voice_error_post (GST_ELEMENT (self), error, "scriptllm", 0, NULL,
        FALSE);
    g_error_free (error);
  }
}

static gboolean
load (GstVoiceScriptLlm * self, GError ** error)
{
  gchar *location, *text, *reply;
  GError *why = NULL;
  gsize length = 0;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  location = g_strdup (self->location);
  text = g_strdup (self->text);
  reply = g_strdup (self->reply);
  self->delay = self->first_token * GST_MSECOND;
  self->interval = self->token_interval * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  location = find_script (self, location);
  ok = read_script (location, &text, &length, error);
  if (ok) {
    self->script = script_new (text, length, location ? location :
        "script-text", reply, &why);
    ok = self->script || refuse (error, why->message);
    g_clear_error (&why);
  }
  g_free (location);
  g_free (text);
  g_free (reply);
  return ok;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (stage);

  if (!GST_VOICE_STAGE_CLASS (gst_voice_script_llm_parent_class)->start (stage,
          error) || !load (self, error))
    return FALSE;
  warn_of_useless (self);
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (stage);

  GST_VOICE_STAGE_CLASS (gst_voice_script_llm_parent_class)->stop (stage);
  forget (self);
  g_clear_pointer (&self->script, script_free);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCRIPT:
      g_free (self->location);
      self->location = g_value_dup_string (value);
      break;
    case PROP_SCRIPT_TEXT:
      g_free (self->text);
      self->text = g_value_dup_string (value);
      break;
    case PROP_REPLY:
      g_free (self->reply);
      self->reply = g_value_dup_string (value);
      break;
    case PROP_FIRST_TOKEN:
      self->first_token = g_value_get_uint (value);
      break;
    case PROP_TOKEN_INTERVAL:
      self->token_interval = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCRIPT:
      g_value_set_string (value, self->location);
      break;
    case PROP_SCRIPT_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_REPLY:
      g_value_set_string (value, self->reply);
      break;
    case PROP_FIRST_TOKEN:
      g_value_set_uint (value, self->first_token);
      break;
    case PROP_TOKEN_INTERVAL:
      g_value_set_uint (value, self->token_interval);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceScriptLlm *self = GST_VOICE_SCRIPT_LLM (object);

  forget (self);
  g_clear_pointer (&self->script, script_free);
  g_free (self->location);
  g_free (self->text);
  g_free (self->reply);
  G_OBJECT_CLASS (gst_voice_script_llm_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceScriptLlm:script:
   *
   * The file with the script; read when the element starts. A relative path
   * is looked for beside the description that the persona names, and then
   * where the program runs.
   */
  props[PROP_SCRIPT] = g_param_spec_string ("script", "Script",
      "Path of the script", NULL, flags);
  /**
   * GstVoiceScriptLlm:script-text:
   *
   * The script itself, in place of a file.
   */
  props[PROP_SCRIPT_TEXT] = g_param_spec_string ("script-text", "Script text",
      "The script itself (JSON), in place of a file", NULL, flags);
  /**
   * GstVoiceScriptLlm:reply:
   *
   * What is answered if there is no script, or nothing in it fits and it has
   * no `else`. `${text}` is what the caller said.
   */
  props[PROP_REPLY] = g_param_spec_string ("reply", "Reply",
      "Answer where the script has none; ${text} is what the caller said",
      NULL, flags);
  /**
   * GstVoiceScriptLlm:first-token:
   *
   * How long the first word of an answer takes, in ms.
   */
  props[PROP_FIRST_TOKEN] = g_param_spec_uint ("first-token", "First token",
      "How long the first word takes, in ms", 0, 600000, DEFAULT_FIRST_TOKEN,
      flags);
  /**
   * GstVoiceScriptLlm:token-interval:
   *
   * How long each further word takes, in ms; 0 gives all at once.
   */
  props[PROP_TOKEN_INTERVAL] = g_param_spec_uint ("token-interval",
      "Token interval", "How long each further word takes, in ms", 0, 600000,
      DEFAULT_TOKEN_INTERVAL, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_script_llm_class_init (GstVoiceScriptLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceLlmClass *llm_class = GST_VOICE_LLM_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Script", "Text/LLM", "Answers from a script, as a language model would",
      GST_PACKAGE_ORIGIN);
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->timer = timer;
  llm_class->request = request;
  llm_class->cancel = cancel;
}

static void
gst_voice_script_llm_init (GstVoiceScriptLlm * self)
{
  self->first_token = DEFAULT_FIRST_TOKEN;
  self->token_interval = DEFAULT_TOKEN_INTERVAL;
}
