// Lo que este núcleo deja ver: cada capacidad se prueba de verdad, se puede apagar, y apagada se encuentra lo mismo por
// otro camino, o se dice que no hay prueba. Los caminos alternativos se ensayan además en las pruebas de cada parte del
// testigo.
#include "witness/capabilities.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "witness/proc_file.hpp"

namespace {

using witness::Capability;
using witness::Without;

TEST(Capabilities, AreToldOnceEachWithWhatTheyAreFor) {
  std::set<Capability> told;
  std::set<std::string_view> names;
  for (const witness::CapabilityFacts& facts : witness::capabilities()) {
    EXPECT_TRUE(told.insert(facts.capability).second);
    EXPECT_TRUE(names.insert(facts.name).second);
    EXPECT_FALSE(facts.purpose.empty());
    EXPECT_FALSE(facts.without.empty());
    EXPECT_EQ(facts.name.find(','), std::string_view::npos) << "la coma separa los nombres en WITNESS_WITHOUT";
  }
  EXPECT_EQ(told.size(), static_cast<std::size_t>(Capability::landlock) + 1);
}

TEST(Capabilities, AreMissingOnlyWhileTheyAreSwitchedOff) {
  for (const auto& facts : witness::capabilities()) {
    SCOPED_TRACE(facts.name);
    const bool works = witness::available(facts.capability);
    {
      const Without without{facts.capability};
      EXPECT_FALSE(witness::available(facts.capability));
      {
        const Without again{facts.capability};
        EXPECT_FALSE(witness::available(facts.capability));
      }
      EXPECT_FALSE(witness::available(facts.capability)) << "la apagó el de fuera";
    }
    EXPECT_EQ(witness::available(facts.capability), works);
  }
}

// Hace una prueba otra vez, en un proceso que todavía no ha preguntado nada. Devuelve si la pasó.
bool passes_afresh(const std::string& test, const std::string& without) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("CAPABILITIES_AFRESH", "1", 1);
    ::setenv("WITNESS_WITHOUT", without.c_str(), 1);
    ::execl("/proc/self/exe", "capabilities_test", ("--gtest_filter=" + test).c_str(), nullptr);
    ::_exit(1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
bool is_afresh() { return std::getenv("CAPABILITIES_AFRESH") != nullptr; }

TEST(Capabilities, LeaveNothingBehindWhenTheyAreProbed) {
  if (!is_afresh()) {
    EXPECT_TRUE(passes_afresh("Capabilities.LeaveNothingBehindWhenTheyAreProbed", ""));
    return;
  }
  const auto descriptors = witness::numbers_in("/proc/self/fd");
  for (const auto& facts : witness::capabilities()) witness::available(facts.capability);
  EXPECT_EQ(witness::numbers_in("/proc/self/fd"), descriptors);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "queda un proceso hijo";
  EXPECT_EQ(errno, ECHILD);
}

TEST(Capabilities, AreSwitchedOffByTheVariable) {
  if (!is_afresh()) {
    EXPECT_TRUE(passes_afresh("Capabilities.AreSwitchedOffByTheVariable", "children_file,thread_syscall,nada"));
    return;
  }
  for (const Capability off : {Capability::children_file, Capability::thread_syscall}) {
    EXPECT_FALSE(witness::available(off));
    { const Without without{off}; }
    EXPECT_FALSE(witness::available(off)) << "la apagó la variable";
  }
}

}  // namespace
