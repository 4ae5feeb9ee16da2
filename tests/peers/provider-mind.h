/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* What the stand-ins hear and answer: the script of provider-peer.h. */

typedef struct _ProviderMind ProviderMind;

typedef struct
{
  gchar *name;
  gchar *arguments;             /* JSON */
} ProviderCall;

/**
 * ProviderReply:
 * @words: each with the space behind it; empty if there are @calls only
 * @calls: of ProviderCall
 */
typedef struct
{
  GPtrArray *words;
  GPtrArray *calls;
} ProviderReply;

ProviderMind *provider_mind_new (const gchar * script, GError ** error);
ProviderMind *provider_mind_copy (ProviderMind * mind);
void provider_mind_free (ProviderMind * mind);

const gchar *provider_mind_hears (ProviderMind * mind);
void provider_mind_heard (ProviderMind * mind);
/* @result: what was said is what a tool answered; @tools: names, or NULL */
ProviderReply *provider_mind_answers (ProviderMind * mind, const gchar * said,
    gboolean result, GPtrArray * tools);
void provider_reply_free (ProviderReply * reply);
GPtrArray *provider_words (const gchar * text);
