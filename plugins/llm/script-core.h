/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * A conversation from a file: what the caller may say, what is answered, which
 * tools are called and what is made of their results. docs/script.md describes
 * the file.
 *
 * The answer is a function of the script and of the messages, and of nothing
 * else. Every time it is asked, the conversation is gone through from its
 * beginning: each message of the caller is matched in the state reached by
 * then, tool results that follow take their branch, and states and slots come
 * from that. So a turn that was withdrawn, or merged into another, or an answer
 * that was never heard leaves no trace, asking twice gives the same answer
 * twice, and any conversation can be continued, also one that another model
 * began.
 */
typedef struct _Script Script;

/* More than this of a file is refused. */
#define SCRIPT_MAX_SIZE (1024 * 1024)

/* @file is what errors begin with; @reply replaces the line for what nothing
 * in the script matches, or is NULL. Errors say where and what is meant. */
Script *script_new (const gchar * text, gssize length, const gchar * file,
    const gchar * reply, GError ** error);
void script_free (Script * script);

/* What it calls itself, or NULL. */
const gchar *script_name (const Script * script);

/* What is of no use in it, one line each, worded as the errors. */
const gchar *const *script_warnings (const Script * script);

/*
 * How it is asked:
 * SCRIPT_TOOLS: there are tools to call; without, none is
 * SCRIPT_UNHEARD: the caller interrupted and was not understood
 * SCRIPT_UNASKED: nobody said anything, but a result has come late
 */
typedef enum
{
  SCRIPT_TOOLS = 1 << 0,
  SCRIPT_UNHEARD = 1 << 1,
  SCRIPT_UNASKED = 1 << 2,
} ScriptAsk;

typedef struct
{
  gchar *id;                    /* NULL for any */
  gchar *name;
  gchar *arguments;             /* a JSON object */
} ScriptCall;

/* What a model would do: say the text, then call, or fail, or stand still. */
typedef struct
{
  gchar *text;                  /* may be empty */
  GPtrArray *calls;             /* of ScriptCall */
  gchar *refused;               /* what it would call if it could, or NULL */
  const gchar *expect;          /* what kind of answer is asked for, or NULL */
  guint expect_length;
  const gchar *fail;            /* the name of an error code, or NULL */
  gchar *fail_text;
  gboolean stall;               /* nothing more comes, not even an end */
  gboolean uninterruptible;
  gboolean matched;             /* some intent fits what the caller said */
  const gchar *state;           /* where the conversation is now */
} ScriptAnswer;

/* @messages: see gst_voice_chat_render_with(). The strings that are const
 * belong to the script. */
ScriptAnswer *script_answer (const Script * script, JsonArray * messages,
    ScriptAsk ask);
void script_answer_free (ScriptAnswer * answer);

G_END_DECLS
