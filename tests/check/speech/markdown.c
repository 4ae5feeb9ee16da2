/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is for the eye only is not spoken. The language is unknown, so that
 * nothing else happens to the text.
 */
#include "chunks.h"

static void
check_plain (const SpokenRow * rows, guint n)
{
  Speakable *core = speakable_new (NULL);

  speakable_set_clause_words (core, 0);
  check_rows (core, rows, n);
  speakable_free (core);
}

static void
emphasis (void)
{
  static const SpokenRow rows[] = {
    {"**bold** text", "bold text"},
    {"*it* text", "it text"},
    {"***both*** text", "both text"},
    {"__bold__ text", "bold text"},
    {"_it_ text", "it text"},
    {"un*frigging*believable", "unfriggingbelievable"},
    {"**bold *and it* too**", "bold and it too"},
    {"~~gone~~ text", "gone text"},
    {"`code` text", "code text"},
    {"``a `b` c``", "a b c"},
    {"**never closed", "never closed"},
    {"`never closed", "never closed"},
    {"snake_case stays", "snake_case stays"},
    {"3*4 stays", "3*4 stays"},
    {"\\*not it\\*", "*not it*"},
    {"5\\. no list", "5. no list"},
    {"**Note:** this", "Note: this"},
  };

  check_plain (rows, G_N_ELEMENTS (rows));
}

static void
blocks (void)
{
  static const SpokenRow rows[] = {
    {"# Title", "Title"},
    {"### Title ###", "Title"},
    {"#hashtag", "#hashtag"},
    {"# One\ntext", "One | text"},
    {"Title\n===\ntext", "Title | text"},
    {"Title\n---\ntext", "Title | text"},
    {"a\n\n***\n\nb", "a | b"},
    {"a\n- - -\nb", "a | b"},
    {"- one\n- two", "one | two"},
    {"* one\n* two", "one | two"},
    {"+ one\n+ two", "one | two"},
    {"\u2022 one\n\u2022two", "one | two"},
    {"- one\n  - two\n  - three", "one | two | three"},
    {"1. one\n2. two\n3) three", "one | two | three"},
    {"1. one\n5. is said", "one | 5. is said"},
    {"2026. A year.", "2026. | A year."},
    {"3. That is it.", "3. | That is it."},
    {"- [ ] open\n- [x] done", "open | done"},
    {"- **One**: text", "One: text"},
    {"> quoted\n> text", "quoted text"},
    {"-5 degrees", "-5 degrees"},
    {"a\n\nb", "a | b"},
    {"| a | b |\n|---|:-:|\n| 1 | 2 |", "a, b | 1, 2"},
    {"```\ncode\n```\ntext", "text"},
    {"```python\nprint(1)\n```\n\ntext", "text"},
    {"Use:\n```c\nint x;\n```\nDone.", "Use: | Done."},
    {"````\n```\ncode\n````\ntext", "text"},
    {"~~~\ncode\n~~~\ntext", "text"},
    {"  ```\n  code\n  ```\ntext", "text"},
    {"Use ```x``` now", "Use now"},
    {"```\nnever closed", ""},
    {"a `` ``` `` b", "a"},
  };

  check_plain (rows, G_N_ELEMENTS (rows));
}

static void
links (void)
{
  static const SpokenRow rows[] = {
    {"[text](http://a.b)", "text"},
    {"[text](http://a.b \"title\") on", "text on"},
    {"[text](<http://a.b>) on", "text on"},
    {"[a](b_(c)) on", "a on"},
    {"![alt](a.png) on", "alt on"},
    {"![](a.png) on", "on"},
    {"[![alt](a.png)](http://a.b) on", "alt on"},
    {"[text][ref] on", "text on"},
    {"[text] on", "text on"},
    {"[sic](which is so) on", "sic(which is so) on"},
    {"[open](never closed", "open(never closed"},
    {"text[^1] on", "text on"},
    {"[^1]: the note", "the note"},
    {"[ref]: https://a.b/c\ntext", "text"},
    {"text[1][2] on", "text on"},
    {"text [3].", "text."},
    {"text\u301012\u2020source\u3011 on", "text on"},
    {"<https://a.b> on", "https://a.b on"},
    {"<me@a.b> on", "me@a.b on"},
    {"Great! [here](x)", "Great! | here"},
  };

  check_plain (rows, G_N_ELEMENTS (rows));
}

static void
tags_and_entities (void)
{
  static const SpokenRow rows[] = {
    {"<b>bold</b> text", "bold text"},
    {"one<br>two", "one two"},
    {"one<br/>two", "one two"},
    {"<p>one</p><p>two</p>", "one | two"},
    {"<ul><li>one</li><li>two</li></ul>", "one | two"},
    {"<speak>one <break time=\"500ms\"/> two</speak>", "one, two"},
    {"<prosody rate=\"slow\">one</prosody>", "one"},
    {"<mstts:express-as style=\"x\">one</mstts:express-as>", "one"},
    {"<!-- not > this --> one", "one"},
    {"<!doctype html> one", "one"},
    {"1 < 2 and 3 > 2", "1 < 2 and 3 > 2"},
    {"a <b and c> d", "a <b and c> d"},
    {"<never closed", "<never closed"},
    {"I <3 you", "I <3 you"},
    {"a &amp; b", "a & b"},
    {"a&nbsp;b", "a b"},
    {"&lt;b&gt; text", "<b> text"},
    {"&#65;&#x42; text", "AB text"},
    {"&#128512; text", "text"},
    {"&nosuch; text", "&nosuch; text"},
    {"AT&T text", "AT&T text"},
    {"&quot;one&quot;", "\"one\""},
    {"caf&eacute;", "caf\u00e9"},
  };

  check_plain (rows, G_N_ELEMENTS (rows));
}

static void
pictures (void)
{
  static const SpokenRow rows[] = {
    {"one \xf0\x9f\x98\x80 two", "one two"},
    {"one\xf0\x9f\x98\x80two", "one two"},
    {"\xf0\x9f\x91\xa9\u200d\xf0\x9f\x91\xa7 family", "family"},
    {"\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd yes", "yes"},
    {"\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa flag", "flag"},
    {"\u2764\ufe0f love", "love"},
    {"\u2705 done", "done"},
    {"1\ufe0f\u20e3 first", "first"},
    {"#\ufe0f\u20e3 key", "key"},
    {"12\ufe0f\u20e3 key", "1 key"},
    {"\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf wales",
        "wales"},
    {"one\u200b\u200d\ufefftwo", "onetwo"},
    {"one\u202etwo\u202c", "onetwo"},
    {"one\x01\x02two", "onetwo"},
    {"one\u203c", "one!"},
    {"20\u00b0 and \u00a9", "20\u00b0 and \u00a9"},
    {"\xf0\x9f\x98\x80", ""},
    {"Hi \xf0\x9f\x98\x80!", "Hi!"},
  };

  check_plain (rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/markdown/emphasis", emphasis);
  g_test_add_func ("/markdown/blocks", blocks);
  g_test_add_func ("/markdown/links", links);
  g_test_add_func ("/markdown/tags-entities", tags_and_entities);
  g_test_add_func ("/markdown/pictures", pictures);
  return g_test_run ();
}
