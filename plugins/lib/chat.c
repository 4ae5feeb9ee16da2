/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The conversation as it was heard, for the language model and the record.
 *
 * A message of the agent holds what the model wrote until `playout` says how
 * much of it was heard; then only that counts, and a message of which nothing
 * was heard and which called no tool is gone. What is said without a model (a
 * greeting, a reminder) enters when its first sample is played, at the place
 * where the caller heard it.
 *
 * Threads: any. Locks: `lock`, a leaf.
 */
#include "chat.h"

#include "json.h"

#include <string.h>

#define MAX_CALL_ID 256

typedef enum
{
  ROLE_NOTE,
  ROLE_USER,
  ROLE_AGENT,
} Role;

typedef struct
{
  gchar *id, *name, *arguments;
  gchar *result;                /* JSON, or NULL */
  GstVoiceCallState state;
} Call;

typedef struct
{
  Role role;
  guint turn, speech, generation;
  GString *text;                /* what was said or written */
  gchar *heard;                 /* if not all of `text` was heard */
  gboolean waiting;             /* said, but not yet played: not shown */
  gboolean playing;             /* its first sample was played */
  gboolean kept;                /* voice does not interrupt it */
  GPtrArray *calls;             /* of Call, or NULL */
} Message;

struct _GstVoiceChat
{
  /* lock */
  GMutex lock;
  GPtrArray *messages;          /* of Message, in the order as heard */
  GHashTable *call_ids;         /* all that were ever given out */
  guint last_call;
};

static void
call_free (Call * call)
{
  g_free (call->id);
  g_free (call->name);
  g_free (call->arguments);
  g_free (call->result);
  g_free (call);
}

static void
message_free (Message * message)
{
  g_string_free (message->text, TRUE);
  g_free (message->heard);
  if (message->calls)
    g_ptr_array_unref (message->calls);
  g_free (message);
}

static Message *
add_locked (GstVoiceChat * chat, Role role, const gchar * text)
{
  Message *message = g_new0 (Message, 1);

  message->role = role;
  message->text = g_string_new (text);
  g_ptr_array_add (chat->messages, message);
  return message;
}

static Message *
find_speech_locked (GstVoiceChat * chat, guint speech)
{
  for (guint i = chat->messages->len; i-- > 0;) {
    Message *message = g_ptr_array_index (chat->messages, i);

    if (message->role == ROLE_AGENT && message->speech == speech)
      return message;
  }
  return NULL;
}

static Message *
find_turn_locked (GstVoiceChat * chat, guint turn)
{
  for (guint i = chat->messages->len; i-- > 0;) {
    Message *message = g_ptr_array_index (chat->messages, i);

    if (message->role == ROLE_USER && message->turn == turn)
      return message;
  }
  return NULL;
}

static Call *
find_call_locked (GstVoiceChat * chat, const gchar * id, Message ** owner)
{
  for (guint i = chat->messages->len; i-- > 0;) {
    Message *message = g_ptr_array_index (chat->messages, i);

    for (guint k = 0; message->calls && k < message->calls->len; k++) {
      Call *call = g_ptr_array_index (message->calls, k);

      if (strcmp (call->id, id) == 0) {
        if (owner)
          *owner = message;
        return call;
      }
    }
  }
  return NULL;
}

static gboolean
is_empty (const Message * message)
{
  const gchar *text = message->heard ? message->heard : message->text->str;

  return !*text && (!message->calls || message->calls->len == 0);
}

/* Removes what the agent has said and done in answer to a turn. */
static void
remove_replies_locked (GstVoiceChat * chat, guint turn)
{
  for (guint i = chat->messages->len; i-- > 0;) {
    Message *message = g_ptr_array_index (chat->messages, i);

    if (message->role == ROLE_AGENT && message->turn == turn && turn > 0)
      g_ptr_array_remove_index (chat->messages, i);
  }
}

/* Where the user's words belong: before what was prepared for the turn while
 * it was only proposed. */
static void
place_user_locked (GstVoiceChat * chat, Message * user)
{
  guint last = chat->messages->len - 1;

  for (guint i = 0; i < last; i++) {
    const Message *message = g_ptr_array_index (chat->messages, i);

    if (message->role == ROLE_AGENT && message->turn == user->turn) {
      g_ptr_array_steal_index (chat->messages, last);
      g_ptr_array_insert (chat->messages, i, user);
      return;
    }
  }
}

/**
 * gst_voice_chat_new:
 *
 * Returns: (transfer full): an empty conversation
 */
GstVoiceChat *
gst_voice_chat_new (void)
{
  GstVoiceChat *chat = g_new0 (GstVoiceChat, 1);

  g_mutex_init (&chat->lock);
  chat->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)
      message_free);
  chat->call_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  return chat;
}

/**
 * gst_voice_chat_free:
 * @chat: (transfer full): a conversation
 */
void
gst_voice_chat_free (GstVoiceChat * chat)
{
  g_ptr_array_unref (chat->messages);
  g_hash_table_unref (chat->call_ids);
  g_mutex_clear (&chat->lock);
  g_free (chat);
}

/**
 * gst_voice_chat_user:
 * @chat: the conversation
 * @turn: the number of a committed turn
 * @text: what the caller said, with the words of the turn that it @merges
 * @merges: the turn that it replaces, or 0; what was answered to that one goes
 */
void
gst_voice_chat_user (GstVoiceChat * chat, guint turn, const gchar * text,
    guint merges)
{
  Message *message = NULL;

  g_mutex_lock (&chat->lock);
  if (merges) {
    remove_replies_locked (chat, merges);
    message = find_turn_locked (chat, merges);
  }
  if (message) {
    g_string_assign (message->text, text);
    message->turn = turn;
  } else {
    message = add_locked (chat, ROLE_USER, text);
    message->turn = turn;
    place_user_locked (chat, message);
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_correct:
 * @chat: the conversation
 * @turn: a committed turn
 * @text: a better wording of it
 *
 * Returns: whether there is such a turn
 */
gboolean
gst_voice_chat_correct (GstVoiceChat * chat, guint turn, const gchar * text)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  message = find_turn_locked (chat, turn);
  if (message)
    g_string_assign (message->text, text);
  g_mutex_unlock (&chat->lock);
  return message != NULL;
}

/**
 * gst_voice_chat_note:
 * @chat: the conversation
 * @text: a remark that only the model sees
 */
void
gst_voice_chat_note (GstVoiceChat * chat, const gchar * text)
{
  g_mutex_lock (&chat->lock);
  add_locked (chat, ROLE_NOTE, text);
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_said:
 * @chat: the conversation
 * @speech: the number of a speech that no model wrote
 * @text: its words; not shown before gst_voice_chat_playing()
 */
void
gst_voice_chat_said (GstVoiceChat * chat, guint speech, const gchar * text)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  if (!find_speech_locked (chat, speech)) {
    message = add_locked (chat, ROLE_AGENT, text);
    message->speech = speech;
    message->waiting = TRUE;
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_reply:
 * @chat: the conversation
 * @speech: the number of the speech that the model begins
 * @turn: the turn that it answers, or 0
 * @generation: of that turn
 */
void
gst_voice_chat_reply (GstVoiceChat * chat, guint speech, guint turn,
    guint generation)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  message = add_locked (chat, ROLE_AGENT, NULL);
  message->speech = speech;
  message->turn = turn;
  message->generation = generation;
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_keep:
 * @chat: the conversation
 * @speech: a speech that the caller's voice does not interrupt
 */
void
gst_voice_chat_keep (GstVoiceChat * chat, guint speech)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  message = find_speech_locked (chat, speech);
  if (message)
    message->kept = TRUE;
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_append:
 * @chat: the conversation
 * @speech: a speech that was begun with gst_voice_chat_reply()
 * @text: what the model went on to write; ignored once it is known how much
 *   was heard
 */
void
gst_voice_chat_append (GstVoiceChat * chat, guint speech, const gchar * text)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  message = find_speech_locked (chat, speech);
  if (message && !message->heard)
    g_string_append (message->text, text);
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_call_id:
 * @chat: the conversation
 * @wanted: what a call is to be named; some models use the same names in every
 *   answer
 *
 * A tool must not take a second call for a repetition of the first.
 *
 * Returns: (transfer full): @wanted, or another name if that was used before
 */
gchar *
gst_voice_chat_call_id (GstVoiceChat * chat, const gchar * wanted)
{
  gchar *id = strlen (wanted) <= MAX_CALL_ID ? g_strdup (wanted) : NULL;

  g_mutex_lock (&chat->lock);
  while (!id || g_hash_table_contains (chat->call_ids, id)) {
    g_free (id);
    id = g_strdup_printf ("call-%u", ++chat->last_call);
  }
  g_hash_table_add (chat->call_ids, g_strdup (id));
  g_mutex_unlock (&chat->lock);
  return id;
}

/**
 * gst_voice_chat_call:
 * @chat: the conversation
 * @speech: the speech in which the model called the tool
 * @id: of the call, unique in the conversation
 * @name: of the tool
 * @arguments: a JSON object
 */
void
gst_voice_chat_call (GstVoiceChat * chat, guint speech, const gchar * id,
    const gchar * name, const gchar * arguments)
{
  Message *message;
  Call *call;

  g_mutex_lock (&chat->lock);
  message = find_speech_locked (chat, speech);
  if (message && !find_call_locked (chat, id, NULL)) {
    if (!message->calls)
      message->calls = g_ptr_array_new_with_free_func ((GDestroyNotify)
          call_free);
    call = g_new0 (Call, 1);
    call->id = g_strdup (id);
    call->name = g_strdup (name);
    call->arguments = g_strdup (arguments);
    g_ptr_array_add (message->calls, call);
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_result:
 * @chat: the conversation
 * @id: of a call
 * @state: what has become of it
 * @json: (nullable): the result if it is done
 *
 * The result of a call that was shown as running replaces that.
 *
 * Returns: whether the model has not been told of it before
 */
gboolean
gst_voice_chat_result (GstVoiceChat * chat, const gchar * id,
    GstVoiceCallState state, const gchar * json)
{
  Message *message = NULL;
  gboolean news;
  Call *call;

  g_mutex_lock (&chat->lock);
  call = find_call_locked (chat, id, &message);
  news = call && call->state == GST_VOICE_CALL_RUNNING;
  if (news) {
    call->state = state;
    call->result = g_strdup (json);
    if (state == GST_VOICE_CALL_CANCELLED) {
      g_ptr_array_remove (message->calls, call);
      if (message->heard && is_empty (message))
        g_ptr_array_remove (chat->messages, message);
    }
  }
  g_mutex_unlock (&chat->lock);
  return news;
}

/**
 * gst_voice_chat_playing:
 * @chat: the conversation
 * @speech: a speech whose first sample is played
 *
 * Shows what gst_voice_chat_said(), at the place where it is heard.
 */
void
gst_voice_chat_playing (GstVoiceChat * chat, guint speech)
{
  Message *message;
  guint index;

  g_mutex_lock (&chat->lock);
  message = find_speech_locked (chat, speech);
  if (message)
    message->playing = TRUE;
  if (message && message->waiting) {
    message->waiting = FALSE;
    g_ptr_array_find (chat->messages, message, &index);
    g_ptr_array_steal_index (chat->messages, index);
    g_ptr_array_add (chat->messages, message);
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_heard:
 * @chat: the conversation
 * @speech: a speech that is over
 * @text: what was heard of it
 * @complete: whether that is all
 */
void
gst_voice_chat_heard (GstVoiceChat * chat, guint speech, const gchar * text,
    gboolean complete)
{
  Message *message;

  g_mutex_lock (&chat->lock);
  message = find_speech_locked (chat, speech);
  if (message && !message->heard && !complete) {
    message->heard = g_strdup (text);
    if (is_empty (message))
      g_ptr_array_remove (chat->messages, message);
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_cut:
 * @chat: the conversation
 * @generation: what an interruption has raised it to
 * @force: whether it also stops what voice does not interrupt
 *
 * What was written before and has not begun to play will not be heard. Of what
 * plays, gst_voice_chat_heard() tells how much was.
 */
void
gst_voice_chat_cut (GstVoiceChat * chat, guint generation, gboolean force)
{
  g_mutex_lock (&chat->lock);
  for (guint i = chat->messages->len; i-- > 0;) {
    Message *message = g_ptr_array_index (chat->messages, i);

    if (message->role != ROLE_AGENT || message->waiting || message->playing
        || message->heard || message->generation >= generation
        || (message->kept && !force))
      continue;
    message->heard = g_strdup ("");
    if (is_empty (message))
      g_ptr_array_remove_index (chat->messages, i);
  }
  g_mutex_unlock (&chat->lock);
}

/**
 * gst_voice_chat_forget:
 * @chat: the conversation
 * @turn: a turn that was proposed and withdrawn
 *
 * Removes what was prepared in answer to it.
 */
void
gst_voice_chat_forget (GstVoiceChat * chat, guint turn)
{
  g_mutex_lock (&chat->lock);
  remove_replies_locked (chat, turn);
  g_mutex_unlock (&chat->lock);
}

static JsonNode *
parse_or_string (const gchar * json)
{
  JsonNode *node = json ? gst_voice_json_parse (json, -1,
      GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL) : NULL;

  if (!node) {
    node = json_node_new (JSON_NODE_VALUE);
    json_node_set_string (node, json ? json : "");
  }
  return node;
}

static JsonObject *
object_new (const gchar * role)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "role", role);
  return object;
}

static void
render_calls (const Message * message, JsonObject * object, JsonArray * out)
{
  JsonArray *calls = json_array_new ();

  for (guint i = 0; i < message->calls->len; i++) {
    const Call *call = g_ptr_array_index (message->calls, i);
    JsonObject *one = json_object_new ();

    json_object_set_string_member (one, "id", call->id);
    json_object_set_string_member (one, "name", call->name);
    json_object_set_member (one, "arguments",
        parse_or_string (call->arguments));
    json_array_add_object_element (calls, one);
  }
  json_object_set_array_member (object, "tool_calls", calls);
  json_array_add_object_element (out, object);

  for (guint i = 0; i < message->calls->len; i++) {
    const Call *call = g_ptr_array_index (message->calls, i);
    JsonObject *one = object_new ("tool");

    json_object_set_string_member (one, "id", call->id);
    json_object_set_string_member (one, "name", call->name);
    json_object_set_member (one, "content",
        parse_or_string (call->state == GST_VOICE_CALL_RUNNING ?
            "{\"status\":\"running\"}" : call->result));
    json_array_add_object_element (out, one);
  }
}

static void
render_message (const Message * message, JsonArray * out)
{
  static const gchar *roles[] = { "system", "user", "assistant" };
  const gchar *text = message->heard ? message->heard : message->text->str;
  JsonObject *object;

  if (message->waiting || is_empty (message))
    return;
  object = object_new (roles[message->role]);
  json_object_set_string_member (object, "content", text);
  if (message->heard)
    json_object_set_boolean_member (object, "interrupted", TRUE);
  if (message->calls && message->calls->len > 0)
    render_calls (message, object, out);
  else
    json_array_add_object_element (out, object);
}

/**
 * gst_voice_chat_render_with:
 * @chat: the conversation
 * @turn: a turn that is not yet committed, or 0
 * @text: (nullable): its words
 * @merges: the turn that it would replace, or 0
 *
 * The conversation as it would be once the turn is committed. Elements are
 * `{role: system|user|assistant|tool, content}`; an assistant's may have
 * `interrupted: true` and `tool_calls: [{id, name, arguments}]`, a tool's has
 * `id`, `name` and the result as `content`.
 *
 * Returns: (transfer full): an array of objects
 */
JsonArray *
gst_voice_chat_render_with (GstVoiceChat * chat, guint turn,
    const gchar * text, guint merges)
{
  JsonArray *out = json_array_new ();
  gboolean placed = turn == 0;

  g_mutex_lock (&chat->lock);
  for (guint i = 0; i < chat->messages->len; i++) {
    const Message *message = g_ptr_array_index (chat->messages, i);

    if (merges && message->turn == merges) {
      if (message->role == ROLE_USER && !placed) {
        JsonObject *user = object_new ("user");

        json_object_set_string_member (user, "content", text);
        json_array_add_object_element (out, user);
        placed = TRUE;
      }
      continue;
    }
    render_message (message, out);
  }
  g_mutex_unlock (&chat->lock);
  if (!placed) {
    JsonObject *user = object_new ("user");

    json_object_set_string_member (user, "content", text);
    json_array_add_object_element (out, user);
  }
  return out;
}

/**
 * gst_voice_chat_render:
 * @chat: the conversation
 *
 * Returns: (transfer full): an array of objects, see
 * gst_voice_chat_render_with()
 */
JsonArray *
gst_voice_chat_render (GstVoiceChat * chat)
{
  return gst_voice_chat_render_with (chat, 0, NULL, 0);
}
