// The runtime on the committed models, whole and damaged.
#include "runtime/interpreter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "file_bytes.hpp"

namespace {

constexpr std::size_t kArenaBytes = 28 * 1024;
constexpr std::size_t kRoomyArenaBytes = 256 * 1024;

class InterpreterTest : public testing::Test {
 protected:
  mlrt::Status allocate(const AlignedBytes& model, std::size_t arena_bytes) {
    arena_ = AlignedBytes(arena_bytes);
    return mlrt::Interpreter(model.data(), model.size(), arena_.data(), arena_bytes).allocate();
  }

  AlignedBytes model_ = read_file(KWS_MODEL);
  AlignedBytes input_ = read_file(KWS_INPUT);
  AlignedBytes arena_{kRoomyArenaBytes};
};

std::vector<std::int8_t> run(mlrt::Interpreter& interpreter, const AlignedBytes& input) {
  std::memcpy(interpreter.input(0)->data, input.data(), input.size());
  EXPECT_EQ(interpreter.invoke(), mlrt::Status::kOk);
  const mlrt::Tensor& output = *interpreter.output(0);
  const auto* scores = output.as<const std::int8_t>();
  return std::vector<std::int8_t>(scores, scores + output.elements);
}

TEST_F(InterpreterTest, RecognisesTheVerificationInput) {
  mlrt::Interpreter interpreter(model_.data(), model_.size(), arena_.data(), kArenaBytes);
  ASSERT_EQ(interpreter.allocate(), mlrt::Status::kOk);
  const auto scores = run(interpreter, input_);
  ASSERT_EQ(scores.size(), 12u);
  EXPECT_EQ(std::max_element(scores.begin(), scores.end()) - scores.begin(), 0);  // "yes"
}

TEST_F(InterpreterTest, GivesTheSameResultWithAndWithoutReuse) {
  mlrt::Interpreter reusing(model_.data(), model_.size(), arena_.data(), kArenaBytes);
  ASSERT_EQ(reusing.allocate(mlrt::ArenaPolicy::kReuse), mlrt::Status::kOk);
  AlignedBytes other_arena(kRoomyArenaBytes);
  mlrt::Interpreter keeping(model_.data(), model_.size(), other_arena.data(), kRoomyArenaBytes);
  ASSERT_EQ(keeping.allocate(mlrt::ArenaPolicy::kKeepEveryone), mlrt::Status::kOk);
  EXPECT_LT(reusing.arena_used_bytes(), keeping.arena_used_bytes());
  EXPECT_EQ(run(reusing, input_), run(keeping, input_));
}

// The input of each stack of a residual network outlives the convolutions it goes around.
TEST(InterpreterOnAResidualNetwork, GivesTheSameResultWithAndWithoutReuse) {
  constexpr std::size_t kArenaOfFirmware = 60 * 1024;
  const AlignedBytes model = read_file(IC_MODEL);
  const AlignedBytes picture = read_file(IC_INPUT);
  AlignedBytes small(kArenaOfFirmware);
  mlrt::Interpreter reusing(model.data(), model.size(), small.data(), kArenaOfFirmware);
  ASSERT_EQ(reusing.allocate(mlrt::ArenaPolicy::kReuse), mlrt::Status::kOk);
  AlignedBytes roomy(kRoomyArenaBytes);
  mlrt::Interpreter keeping(model.data(), model.size(), roomy.data(), kRoomyArenaBytes);
  ASSERT_EQ(keeping.allocate(mlrt::ArenaPolicy::kKeepEveryone), mlrt::Status::kOk);
  EXPECT_EQ(run(reusing, picture), run(keeping, picture));
}

TEST_F(InterpreterTest, RepeatsItself) {
  mlrt::Interpreter interpreter(model_.data(), model_.size(), arena_.data(), kArenaBytes);
  ASSERT_EQ(interpreter.allocate(), mlrt::Status::kOk);
  const auto first = run(interpreter, input_);
  EXPECT_EQ(run(interpreter, input_), first);
}

TEST_F(InterpreterTest, RefusesToRunBeforeAllocation) {
  mlrt::Interpreter interpreter(model_.data(), model_.size(), arena_.data(), kArenaBytes);
  EXPECT_EQ(interpreter.invoke(), mlrt::Status::kNotAllocated);
  EXPECT_EQ(interpreter.input(0), nullptr);
  EXPECT_EQ(interpreter.operator_count(), 0u);
}

TEST_F(InterpreterTest, HasNoTensorOutOfRange) {
  mlrt::Interpreter interpreter(model_.data(), model_.size(), arena_.data(), kArenaBytes);
  ASSERT_EQ(interpreter.allocate(), mlrt::Status::kOk);
  EXPECT_EQ(interpreter.input(1), nullptr);
  EXPECT_EQ(interpreter.output(1), nullptr);
  EXPECT_EQ(interpreter.operator_output(interpreter.operator_count()), nullptr);
}

TEST_F(InterpreterTest, ReportsEveryArenaThatIsTooSmall) {
  mlrt::Interpreter interpreter(model_.data(), model_.size(), arena_.data(), kRoomyArenaBytes);
  ASSERT_EQ(interpreter.allocate(), mlrt::Status::kOk);
  const std::size_t needed = interpreter.arena_used_bytes();
  for (std::size_t bytes = 0; bytes < needed; bytes += 208) {
    EXPECT_EQ(allocate(model_, bytes), mlrt::Status::kArenaTooSmall) << bytes;
  }
  EXPECT_EQ(allocate(model_, needed), mlrt::Status::kOk);
}

TEST_F(InterpreterTest, RefusesFilesOfAnotherKind) {
  AlignedBytes zeros(64);
  std::memset(zeros.data(), 0, zeros.size());
  EXPECT_EQ(allocate(zeros, kRoomyArenaBytes), mlrt::Status::kNotAModel);
  EXPECT_EQ(allocate(AlignedBytes(0), kRoomyArenaBytes), mlrt::Status::kNotAModel);
}

TEST_F(InterpreterTest, RefusesATruncatedModel) {
  for (std::size_t size = 0; size + 1 < model_.size(); size += 173) {
    AlignedBytes cut(size);
    std::memcpy(cut.data(), model_.data(), size);
    EXPECT_NE(allocate(cut, kRoomyArenaBytes), mlrt::Status::kOk) << size;
  }
}

// Whatever one byte is changed to, the model is refused or runs inside its memory; the sanitizers
// of the asan preset watch over that. The weights are left alone: they are most of the file.
TEST_F(InterpreterTest, SurvivesAnyDamagedByteOutsideTheWeights) {
  const auto* bytes = reinterpret_cast<const std::int8_t*>(model_.data());
  mlrt::Interpreter whole(model_.data(), model_.size(), arena_.data(), kRoomyArenaBytes);
  ASSERT_EQ(whole.allocate(), mlrt::Status::kOk);
  std::vector<bool> is_weight(model_.size(), false);
  for (std::size_t i = 0; i < whole.graph().tensor_count; ++i) {
    const mlrt::Tensor& tensor = whole.graph().tensors[i];
    if (!tensor.constant || tensor.bytes < 64) continue;
    const auto start = static_cast<std::size_t>(tensor.as<const std::int8_t>() - bytes);
    std::fill_n(is_weight.begin() + static_cast<std::ptrdiff_t>(start), tensor.bytes, true);
  }
  AlignedBytes damaged = read_file(KWS_MODEL);
  AlignedBytes arena(kRoomyArenaBytes);
  std::size_t refused = 0;
  std::size_t ran = 0;
  for (std::size_t i = 0; i < model_.size(); ++i) {
    if (is_weight[i]) continue;
    for (const int flip : {0x01, 0x80, 0xFF}) {
      damaged.data()[i] = static_cast<std::uint8_t>(model_.data()[i] ^ flip);
      mlrt::Interpreter interpreter(damaged.data(), damaged.size(), arena.data(), kRoomyArenaBytes);
      if (interpreter.allocate() != mlrt::Status::kOk) {
        ++refused;
      } else if (i % 16 == 0) {  // an inference is slow under the sanitizers
        EXPECT_EQ(interpreter.invoke(), mlrt::Status::kOk);
        ++ran;
      }
    }
    damaged.data()[i] = model_.data()[i];
  }
  EXPECT_GT(refused, 0u);
  EXPECT_GT(ran, 0u);
}

}  // namespace
