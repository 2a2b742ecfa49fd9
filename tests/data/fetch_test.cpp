#include "pushforward/data/fetch.h"

#include "tests/data/http_server.h"
#include "tests/data/support.h"
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/terminal.h"
#include "pushforward/data/checksum.h"
#include "pushforward/data/load.h"

namespace pushforward::data {
namespace {

using Request = HttpServer::Request;
using Reply = HttpServer::Reply;

class Fetch : public ::testing::Test {
 protected:
  Fetch() : file(300'000, '\0') {
    terminal().set_quiet(true);
    for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<char>(i * i >> 3);
    md5 = md5_of_file(scratch.write("original", file));
  }
  ~Fetch() override { terminal().set_quiet(false); }

  Entry entry(std::vector<std::string> mirrors) const {
    return {.name = "toy",
            .about = "",
            .mirrors = std::move(mirrors),
            .files = {{"toy.bin", md5, static_cast<std::int64_t>(file.size())}}};
  }
  void run(const std::vector<std::string>& mirrors) const {
    fetch(entry(mirrors), scratch.path(), {.connect_seconds = 2, .stall_seconds = 1, .attempts = 3});
  }
  void expect_placed() const {
    EXPECT_EQ(read_file(placed), file);
    EXPECT_FALSE(std::filesystem::exists(part));
  }

  Scratch scratch;
  Environment no_proxy{"no_proxy", "127.0.0.1"};
  Environment no_mirror{"PUSHFORWARD_MIRROR", ""};
  std::filesystem::path placed = scratch / "toy/toy.bin";
  std::filesystem::path part = scratch / "toy/toy.bin.part";
  std::string file, md5;
};

TEST_F(Fetch, SumsAreTheKnownOnes) {
  const auto abc = scratch.write("a", "abc");
  EXPECT_EQ(md5_of_file(abc), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sha256_of_file(abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc"), sha256_of_file(abc));
  expect_contains(message([&] { md5_of_file(scratch / "absent"); }), {"cannot read", "absent"});
}

TEST_F(Fetch, PlacesTheFileAndNeverAsksAgain) {
  HttpServer good([&](const Request& request) { return whole(file, request); });
  run({good.url()});
  expect_placed();
  run({good.url()});
  ASSERT_EQ(good.requests().size(), 1u);
  EXPECT_EQ(good.requests()[0].path, "/toy.bin");
}

TEST_F(Fetch, ReplacesAFileThatIsWrong) {
  HttpServer good([&](const Request& request) { return whole(file, request); });
  scratch.write("toy/toy.bin", std::string(file.size(), 'x'));
  run({good.url()});
  expect_placed();
}

TEST_F(Fetch, ResumesWhatWasCutShort) {
  HttpServer cut([&](const Request& request) {
    Reply reply = whole(file, request);
    reply.announced = static_cast<std::int64_t>(reply.body.size());
    if (request.number == 0) reply.body.resize(100'000);
    return reply;
  });
  run({cut.url()});
  expect_placed();
  ASSERT_EQ(cut.requests().size(), 2u);
  EXPECT_EQ(cut.requests()[1].from, 100'000);
}

TEST_F(Fetch, KeepsThePartForTheNextRun) {
  HttpServer cut([&](const Request& request) {
    return request.number == 0 ? Reply{.body = file.substr(0, 1000), .announced = 300'000}
                               : Reply{.status = 503};
  });
  expect_contains(message([&] { run({cut.url()}); }), {"HTTP status 503"});
  EXPECT_EQ(std::filesystem::file_size(part), 1000u);
  HttpServer good([&](const Request& request) { return whole(file, request); });
  run({good.url()});
  expect_placed();
  EXPECT_EQ(good.requests()[0].from, 1000);
}

TEST_F(Fetch, LeavesAServerThatStalls) {
  HttpServer stalls([&](const Request&) {
    return Reply{.body = file.substr(0, 5000), .announced = 300'000, .stall = true};
  });
  HttpServer good([&](const Request& request) { return whole(file, request); });
  run({stalls.url(), good.url()});
  expect_placed();
  EXPECT_EQ(stalls.requests().size(), 1u);
  EXPECT_EQ(good.requests()[0].from, 5000) << "continues where the other mirror stopped";
}

TEST_F(Fetch, PlacesNothingWhenTheServerLies) {
  HttpServer liar([&](const Request& request) { return whole(std::string(file.size(), 'x'), request); });
  expect_contains(message([&] { run({liar.url()}); }),
                  {liar.url() + "toy.bin", "expected md5 " + md5, "found"});
  EXPECT_FALSE(std::filesystem::exists(placed));
  EXPECT_FALSE(std::filesystem::exists(part));
  EXPECT_EQ(liar.requests().size(), 1u);
}

TEST_F(Fetch, ChecksASha256WhereThatIsPublished) {
  HttpServer good([&](const Request& request) { return whole(file, request); });
  auto set = entry({good.url()});
  set.files[0].sum = sha256("something else");
  expect_contains(message([&] { fetch(set, scratch.path()); }), {"expected sha256 " + set.files[0].sum});
  set.files[0].sum = sha256(file);
  fetch(set, scratch.path());
  expect_placed();
}

TEST_F(Fetch, ANetworkIsFoundWhereItWasPut) {
  const Environment data("PUSHFORWARD_DATA", scratch.path().string()),
      cache("XDG_CACHE_HOME", (scratch / "cache").string());
  expect_contains(message([&] { network_file("inception"); }),
                  {"inception is not here", "pushforward datasets fetch inception"});
  const auto path = scratch.write("cache/pushforward/inception/inception-2015-12-05.pt", "a module");
  EXPECT_EQ(network_file("inception"), path);
  for (const auto& row : list_datasets())
    if (row.name == "inception") {
      EXPECT_TRUE(row.network);
      EXPECT_EQ(row.train, path);
    }
  expect_contains(message([&] { load_images("inception"); }), {"expected images", "--features"});
}

TEST_F(Fetch, StartsAgainWhenAResumedFileIsWrong) {
  scratch.write("toy/toy.bin.part", std::string(1000, 'x'));
  HttpServer good([&](const Request& request) { return whole(file, request); });
  run({good.url()});
  expect_placed();
  ASSERT_EQ(good.requests().size(), 2u);
  EXPECT_EQ(good.requests()[1].from, 0);
}

TEST_F(Fetch, StartsAgainWhereResumingIsNotOffered) {
  scratch.write("toy/toy.bin.part", file.substr(0, 1000));
  HttpServer simple([&](const Request&) { return Reply{.body = file}; });
  run({simple.url()});
  expect_placed();
}

TEST_F(Fetch, UsesAPartThatIsAlreadyWhole) {
  scratch.write("toy/toy.bin.part", file);
  HttpServer unused([&](const Request& request) { return whole(file, request); });
  run({unused.url()});
  expect_placed();
  EXPECT_TRUE(unused.requests().empty());
}

TEST_F(Fetch, RefusesMoreAndFewerBytesThanPublished) {
  HttpServer more([&](const Request& request) { return whole(file + file, request); });
  HttpServer fewer([&](const Request& request) { return whole(file.substr(0, 10), request); });
  expect_contains(message([&] {
                    run({more.url(), fewer.url()});
                  }),
                  {"expected 300000 bytes, found more", "expected 300000 bytes, found 10"});
  EXPECT_FALSE(std::filesystem::exists(placed));
}

TEST_F(Fetch, GoesToTheNextMirrorAndNamesAllThatFailed) {
  HttpServer absent([&](const Request&) { return Reply{.status = 404, .body = "<html>no</html>"}; });
  HttpServer good([&](const Request& request) { return whole(file, request); });
  expect_contains(message([&] {
                    run({absent.url() + "a/", absent.url() + "b/"});
                  }),
                  {absent.url() + "a/toy.bin: HTTP status 404", absent.url() + "b/toy.bin: HTTP status 404"});
  EXPECT_FALSE(std::filesystem::exists(part)) << "the 404's page is not part of the file";
  run({absent.url(), "http://127.0.0.1:1/", good.url()});
  expect_placed();
}

TEST_F(Fetch, TriesTheMirrorOfTheEnvironmentFirst) {
  HttpServer good([&](const Request& request) { return whole(file, request); });
  const Environment mirror("PUSHFORWARD_MIRROR", good.url() + "sets");
  run({});
  expect_placed();
  EXPECT_EQ(good.requests()[0].path, "/sets/toy/toy.bin");
}

TEST_F(Fetch, FollowsOnlyHttpRedirects) {
  HttpServer sly([&](const Request&) {
    return Reply{.status = 302, .headers = "Location: file://" + (scratch / "original").string() + "\r\n"};
  });
  expect_contains(message([&] { run({sly.url()}); }), {"cannot fetch toy.bin"});
  EXPECT_FALSE(std::filesystem::exists(placed));
}

TEST_F(Fetch, RefusesASecondProcess) {
  scratch.write("toy/toy.bin.part", "x");
  const int other = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  expect_contains(message([&] { run({"http://127.0.0.1:1/"}); }), {"being fetched by another process"});
  ::close(other);
}

TEST_F(Fetch, SaysWhyItCannotWrite) {
  scratch.write("toy", "a file in the way");
  expect_contains(message([&] { run({"http://127.0.0.1:1/"}); }), {"cannot create folder", "toy"});
}

/// In a process of its own: the flag of an interrupt cannot be taken back.
TEST_F(Fetch, CtrlCLeavesThePart) {
  const auto interrupted_fetch = [&] {
    HttpServer stalls([&](const Request&) {
      return Reply{.body = file.substr(0, 5000), .announced = 300'000, .stall = true};
    });
    catch_interrupts();
    std::thread([] {
      ::usleep(500'000);
      std::raise(SIGINT);
    }).detach();
    try {
      fetch(entry({stalls.url()}), scratch.path(), {.stall_seconds = 20});
    } catch (const Interrupted& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(130);
    }
    std::_Exit(1);
  };
  EXPECT_EXIT(interrupted_fetch(), ::testing::ExitedWithCode(130), "5000 of 300000 bytes");
  EXPECT_EQ(std::filesystem::file_size(part), 5000u);
}

}  // namespace
}  // namespace pushforward::data
