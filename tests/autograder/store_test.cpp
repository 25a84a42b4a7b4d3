// Los resultados guardados: lo que se guarda está, aunque después se muera todo.
#include "autograder/store.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "../scaffolding/temp_folder.hpp"

using autograder::JobResult;
using autograder::Key;
using autograder::State;
using autograder::Status;
using autograder::Store;

namespace {

const Key key{4, "abc", "evaluador", 7};

JobResult result_with(const std::string& observed) {
  JobResult result;
  result.lab = 4;
  result.state = State::graded;
  result.tests.push_back({});
  result.tests.back().name = "Prueba";
  result.tests.back().status = Status::failed;
  result.tests.back().observed = observed;
  return result;
}

TEST(Store, GivesBackWhatItKeepsAlsoToAnotherRun) {
  const TempFolder folder;
  Store{folder.path() / "class.db"}.put(key, result_with("ñ"));
  Store store{folder.path() / "class.db"};
  const auto found = store.find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, State::graded);
  ASSERT_EQ(found->tests.size(), 1U);
  EXPECT_EQ(found->tests[0].observed, "ñ");
  EXPECT_EQ(found->tests[0].status, Status::failed);
}

// Otro laboratorio, otro archivo, otro evaluador u otra semilla: otro resultado.
TEST(Store, TellsKeysApartByEveryPart) {
  const TempFolder folder;
  Store store{folder.path() / "class.db"};
  store.put(key, result_with(""));
  for (const Key& other : {Key{5, "abc", "evaluador", 7}, Key{4, "abd", "evaluador", 7}, Key{4, "abc", "otro", 7},
                           Key{4, "abc", "evaluador", 8}}) {
    EXPECT_FALSE(store.find(other));
  }
}

TEST(Store, ReplacesAndForgets) {
  const TempFolder folder;
  Store store{folder.path() / "class.db"};
  store.put(key, result_with("uno"));
  store.put(key, result_with("dos"));
  EXPECT_EQ(store.find(key)->tests.at(0).observed, "dos");
  store.forget(key);
  EXPECT_FALSE(store.find(key));
}

TEST(Store, ReplacesBytesThatAreNotText) {
  const TempFolder folder;
  Store store{folder.path() / "class.db"};
  store.put(key, result_with(std::string{"\xff'; DROP TABLE results; --\0x", 28}));
  EXPECT_EQ(store.find(key)->tests.at(0).observed.substr(0, 4), "\xef\xbf\xbd'");
}

TEST(Store, AdoptsTheLatestResultOfAnotherEvaluatorOnlyIfItHasNone) {
  const TempFolder folder;
  Store store{folder.path() / "class.db"};
  const Key now{4, "abc", "nuevo", 7};
  store.adopt(now);
  EXPECT_FALSE(store.find(now));
  store.put({4, "abc", "antiguo", 7}, result_with("antiguo"));
  store.put(key, result_with("último"));
  store.put({4, "otro archivo", "evaluador", 7}, result_with("de otro"));
  store.adopt(now);
  EXPECT_EQ(store.find(now)->tests.at(0).observed, "último");
  store.put(key, result_with("posterior"));
  store.adopt(now);
  EXPECT_EQ(store.find(now)->tests.at(0).observed, "último");
}

TEST(Store, KeepsTheSeedUntilAnotherIsAsked) {
  const TempFolder folder;
  unsigned first = 0;
  {
    Store store{folder.path() / "class.db"};
    first = store.seed(std::nullopt);
    EXPECT_EQ(store.seed(std::nullopt), first);
  }
  Store store{folder.path() / "class.db"};
  EXPECT_EQ(store.seed(std::nullopt), first);
  EXPECT_EQ(store.seed(4'000'000'000U), 4'000'000'000U);
  EXPECT_EQ(store.seed(std::nullopt), 4'000'000'000U);
}

TEST(Store, ChangesDoneTogetherAreDoneAllOrNone) {
  const TempFolder folder;
  Store store{folder.path() / "class.db"};
  store.put(key, result_with("antes"));
  EXPECT_THROW(store.together([&] {
    store.forget(key);
    throw std::runtime_error{"a medias"};
  }),
               std::runtime_error);
  EXPECT_TRUE(store.find(key));
}

// A quien lo mata kill -9 no le falta nada de lo que guardó, y lo que dejó a medias no está.
TEST(Store, SurvivesItsProcessBeingKilled) {
  const TempFolder folder;
  const std::filesystem::path file = folder.path() / "class.db";
  const pid_t child = ::fork();
  if (child == 0) {
    Store store{file};
    store.put(key, result_with("guardado"));
    store.together([&] {
      store.forget(key);
      ::kill(::getpid(), SIGKILL);
    });
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  Store store{file};
  ASSERT_TRUE(store.find(key));
  EXPECT_EQ(store.find(key)->tests.at(0).observed, "guardado");
}

TEST(Store, SaysWhichFileIsWrong) {
  const TempFolder folder;
  const auto file = folder.write("class.db", "esto no es una base de datos, pero ocupa como si lo fuera, y más, y más");
  try {
    const Store store{file};
    FAIL() << "lo aceptó";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string{error.what()}.find(file.string()), std::string::npos) << error.what();
  }
}

}  // namespace
