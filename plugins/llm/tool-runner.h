/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tool.h"

#include <gst-voice/clock.h>

G_BEGIN_DECLS

/*
 * ToolRunnerSettings:
 * @timeout: of tools that name none
 * @filler_after: likewise; none leaves it to `turn`
 * @fillers: what is said for tools that name no filler, one after the other
 */
typedef struct
{
  GstClockTime timeout;
  GstClockTime filler_after;
  gchar **fillers;
} ToolRunnerSettings;

ToolRunner *tool_runner_new (GstElement * element, GstPad * sinkpad,
    GstVoiceAlarm * answers, GstVoiceAlarm * deadlines);
void tool_runner_free (ToolRunner * runner);

void tool_runner_start (ToolRunner * runner, GstVoiceSession * session,
    Toolbox * box, const ToolRunnerSettings * settings);
void tool_runner_set_playing (ToolRunner * runner, gboolean playing);
void tool_runner_stop (ToolRunner * runner);
void tool_runner_forget (ToolRunner * runner);

void tool_runner_call (ToolRunner * runner, const GstStructure * s);
void tool_runner_commit (ToolRunner * runner, guint turn);
GPtrArray *tool_runner_obsolete (ToolRunner * runner, GstEvent * event);
void tool_runner_drop (ToolRunner * runner, GPtrArray * calls);
void tool_runner_key (ToolRunner * runner, gchar key);
void tool_runner_agent_speaks (ToolRunner * runner, gboolean speaks);
void tool_runner_wake (ToolRunner * runner, gboolean deadlines);

gchar *tool_runner_tools (ToolRunner * runner);
GstStructure *tool_runner_stats (ToolRunner * runner);

G_END_DECLS
