/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A verb of the command. It is called with its own name as argv[0] and returns
 * the exit status. */
typedef struct
{
  const gchar *name;
  const gchar *summary;         /* a line of the help; NULL: not for people */
  int (*main) (int argc, char **argv);
} Verb;

int verb_run (int argc, char **argv);
int verb_check (int argc, char **argv);
int verb_calls (int argc, char **argv);
int verb_serve (int argc, char **argv);
int verb_outbox (int argc, char **argv);
int verb_report (int argc, char **argv);
int verb_chat (int argc, char **argv);
int verb_eval (int argc, char **argv);
int verb_worker (int argc, char **argv);
int verb_ctl (int argc, char **argv);
int verb_token (int argc, char **argv);
int verb_zygote (int argc, char **argv);

/* Exit statuses that mean the same for every verb; `run` has more. */
enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,              /* it could not be done; stderr says why */
  EXIT_USAGE = 2,               /* the command line is wrong */
};
