/*
 * cli/commands.h - the subcommands, a file cmd_NAME.c each. See cli.h for what they share.
 */
#ifndef SECUDOC_CLI_COMMANDS_H
#define SECUDOC_CLI_COMMANDS_H

int cmd_serve(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_tenant(int argc, char **argv);
int cmd_queue(int argc, char **argv);
int cmd_transfer(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_rules(int argc, char **argv);

#endif
