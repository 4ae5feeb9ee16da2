/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools, inside the plugin: what `toolcall` and the kinds of tools know of each
 * other. `toolcall` decides whether and when a call runs and that it has one
 * result; a kind does the work of one call and says what came of it.
 */
#pragma once

#include "tool-ledger.h"

#include <gst-voice/persona.h>
#include <gst-voice/session.h>

G_BEGIN_DECLS

typedef struct _Tool Tool;
typedef struct _ToolCall ToolCall;

/*
 * ToolKind:
 * @prepare: the call of a persona begins: checks what the persona says and
 *   reads secrets, into `data`
 * @clear: frees `data`
 * @warm: a call is near
 * @run: does the work of a call, without blocking: now, or it gives it to
 *   others and tool_call_finish() or one of its likes is called later
 * @cancel: nobody waits for the result of a call that was run any more; in any
 *   thread
 */
typedef struct
{
  gboolean (*prepare) (Tool * tool, GError ** error);
  void (*clear) (Tool * tool);
  void (*warm) (const Tool * tool);
  void (*run) (ToolCall * call);
  void (*cancel) (ToolCall * call);
} ToolKind;

extern const ToolKind tool_builtin, tool_static, tool_http, tool_mock;

/* A tool of a persona; it does not change. */
struct _Tool
{
  const GstVoicePersonaTool *spec;
  const ToolKind *kind;
  const gchar *description;
  GstVoiceToolAccess access;
  gboolean timeless;            /* it takes as long as it says itself */
  gboolean takes_keys;          /* those that the caller presses */
  JsonNode *parameters;         /* JSON Schema */
  GstVoiceSchema *schema;       /* the same, compiled */
  gpointer data;                /* the kind's */
};

/* All tools of a persona. */
typedef struct _Toolbox Toolbox;

Toolbox *toolbox_new (GstVoicePersona * persona, JsonNode * mocks,
    GError ** error);
Toolbox *toolbox_ref (Toolbox * box);
void toolbox_unref (Toolbox * box);
const Tool *toolbox_find (Toolbox * box, const gchar * name);
gchar *toolbox_closest (Toolbox * box, const gchar * name);
const gchar *toolbox_to_json (Toolbox * box);
GstVoicePersona *toolbox_persona (Toolbox * box);
gboolean toolbox_uses_network (Toolbox * box);

typedef enum
{
  TOOL_OK,
  TOOL_INVALID,
  TOOL_ERROR,
  TOOL_TIMEOUT,
  TOOL_CANCELLED,
  TOOL_LATE,
} ToolOutcome;

typedef enum
{
  TOOL_CALL_WAITING,            /* for the commit of its turn */
  TOOL_CALL_RUNNING,
  TOOL_CALL_TIMED_OUT,          /* the model was told so, the write goes on */
  TOOL_CALL_OVER,
} ToolCallState;

typedef struct _ToolRunner ToolRunner;

/* What comes after so many keys is not taken. */
#define TOOL_MAX_KEYS 64

/* A call of a tool. It keeps all that it needs, so that a write can go on when
 * the element has stopped. */
struct _ToolCall
{
  gint refs;                    /* atomic */

  /* set once, before it runs */
  ToolRunner *runner;           /* the element's */
  GstElement *element;
  GstVoiceSession *session;
  Toolbox *box;
  ToolLedger *ledger;           /* the runner's */
  const Tool *tool;             /* NULL if there is none of that name */
  GstClockTime timeout;
  gchar *id, *name, *text;      /* text: the arguments as they were written */
  guint turn, speech, step, calls, generation;
  JsonNode *arguments;          /* an object; NULL if they will not do */
  gchar *filler;                /* or NULL */

  /* the runner's lock */
  ToolCallState state;
  gboolean starting;            /* it is being reported, and then run */
  gboolean unwanted;            /* was cancelled meanwhile */
  gboolean busy;                /* `voice/busy` was sent */
  gboolean orphan;              /* an interruption has come since */
  gboolean stopped;             /* the element has stopped */
  gboolean last;                /* the model is not to be asked again */
  GstClockTime since;           /* in running time */
  gint64 since_us;              /* the same in monotonic time */
  GstClockTime answer_at, timeout_at, filler_at;        /* or none */
  JsonNode *answer;             /* for `answer_at` */
  gchar keys[TOOL_MAX_KEYS + 1];        /* that the caller has pressed */
  guint n_keys;

  /* the kind's */
  gpointer data;
  GDestroyNotify free_data;
};

typedef void (*ToolCallFunc) (ToolCall * call);

ToolCall *tool_call_ref (ToolCall * call);
void tool_call_unref (ToolCall * call);
GstClockTime tool_call_took (const ToolCall * call, GstClockTime now);
gchar *tool_call_expand (ToolCall * call, const gchar * text);
void tool_call_fault (ToolCall * call, const GError * error);
void tool_call_finish (ToolCall * call, ToolOutcome outcome,
    JsonNode * result);
void tool_call_finish_after (ToolCall * call, GstClockTime delay,
    JsonNode * result);
void tool_call_post (ToolCall * call, ToolCallFunc func);
void tool_call_hang_up (ToolCall * call, const gchar * reason);
void tool_call_say (ToolCall * call, const gchar * text, const gchar * source);
gchar *tool_call_keys (ToolCall * call);
gboolean tool_call_is_awaited (ToolCall * call);
gboolean tool_call_agent_speaks (ToolCall * call);
GstClockTime tool_call_elapsed (ToolCall * call);

gpointer tool_mock_new (JsonNode * answers);

void tool_keys_collect (ToolCall * call);
void tool_keys_changed (ToolCall * call);
void tool_keys_send (ToolCall * call);

G_END_DECLS
