// measure RESULT COMMAND...: runs a command and writes what it cost to the file RESULT, as
// "status userMicroseconds systemMicroseconds maximumKilobytes". A process of its own and small, because a child's
// peak memory begins with that of the process it was forked from.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count < 3) return 2;
  pid_t child = fork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  int status = 0;
  struct rusage used;
  if (child < 0 || wait4(child, &status, 0, &used) < 0) return 2;
  FILE *result = fopen(arguments[1], "w");
  if (!result) return 2;
  fprintf(result, "%d %ld %ld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          used.ru_utime.tv_sec * 1000000L + used.ru_utime.tv_usec,
          used.ru_stime.tv_sec * 1000000L + used.ru_stime.tv_usec, used.ru_maxrss);
  return fclose(result) == 0 ? 0 : 2;
}
